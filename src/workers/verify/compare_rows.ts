/**
 * Readings of the archive held against the rows of the hot store, stretch by stretch of one origin:
 * bounded memory however long the origin is.
 */
import type { Reading } from "../../model/reading.ts";
import type { Database } from "../../store/database.ts";
import { readingsOfStretch, storeRejectedOffsets } from "../../store/queries/origin_rows.ts";
import { ReadingTotals } from "./reading_totals.ts";

/** Readings of one question to the store: its chunks hold a whole batch's worth of offsets. */
const STRETCH_READINGS = 20_000;
/** Differences named; the rest is only counted. */
export const NAMED_MAX = 10;

export class RowComparison {
  readonly cold = new ReadingTotals();
  readonly hot = new ReadingTotals();
  readonly differences: string[] = [];
  #path = "";
  #from = 0;
  #to = 0;
  #readings: Reading[] = [];

  /** @param hasFlags Whether the archive's readings say their flags; a batch run's lines do not. */
  constructor(readonly database: Database, readonly hasFlags = true) {}

  /** Readings of `[from, to)` of an origin, in order of offset. */
  async add(path: string, from: number, to: number, readings: readonly Reading[]): Promise<void> {
    if (path !== this.#path || from < this.#to) await this.finish();
    if (this.#readings.length === 0) [this.#path, this.#from] = [path, from];
    this.#to = to;
    for (const reading of readings) this.#readings.push(reading);
    if (this.#readings.length >= STRETCH_READINGS) await this.finish();
  }

  /** Compares what is left. */
  async finish(): Promise<void> {
    const readings = this.#readings;
    if (readings.length === 0) return;
    this.#readings = [];
    const path = this.#path;
    const stretch = { path, from: this.#from, to: this.#to };
    const rows = await readingsOfStretch(this.database, stretch);
    const stored = this.hasFlags ? rows : rows.map((row) => ({ ...row, flags: 0 }));
    let archived: readonly Reading[] = readings;
    let found = firstDifference(path, archived, stored);
    if (found !== null) {
      // What the store itself refused is no reading there, and its dead letter says so.
      const refused = new Set(await storeRejectedOffsets(this.database, stretch));
      archived = archived.filter((one) => !refused.has(one.offset));
      found = firstDifference(path, archived, stored);
    }
    this.cold.add(archived);
    this.hot.add(stored);
    if (found !== null && this.differences.length < NAMED_MAX) this.differences.push(found);
  }
}

const FIELDS = [
  "host_id",
  "region",
  "atMs",
  "temp_c",
  "cpu_load",
  "voltage",
  "power_watts",
  "flags",
] as const;

/** Both sides in order of offset. */
export function firstDifference(
  path: string,
  archived: readonly Reading[],
  stored: readonly Reading[],
): string | null {
  for (let i = 0; i < Math.max(archived.length, stored.length); i++) {
    const cold = archived[i], hot = stored[i];
    if (hot === undefined || (cold !== undefined && cold.offset < hot.offset)) {
      return `${path} offset ${cold!.offset}: archived, and not in the hot store`;
    }
    if (cold === undefined || hot.offset < cold.offset) {
      return `${path} offset ${hot.offset}: in the hot store, and not a reading in the archive`;
    }
    const field = FIELDS.find((name) => cold[name] !== hot[name]);
    if (field !== undefined) {
      return `${path} offset ${cold.offset}: ${field} is ${cold[field]} in the archive, ` +
        `${hot[field]} in the hot store`;
    }
  }
  return null;
}
