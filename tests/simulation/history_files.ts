/**
 * History files and whoever writes them: they appear, grow, are written anew in place or replaced,
 * are touched, and hold bad rows; one in ten versions is no file that anybody can read. Of each the
 * world knows what must become of every row.
 */
import { dirname } from "node:path";
import { LIMITS } from "../../src/limits.ts";
import type { OpenFile } from "../../src/runtime/files.ts";
import type { SimulatedDisk } from "../archive/support/simulated_disk.ts";
import { HISTORY_REGION, type HistoryRow } from "./history_tables.ts";
import type { Schedule } from "./schedule.ts";
import { REFUSED_VOLTS } from "./store.ts";

export interface ExpectedRow extends Pick<HistoryRow, "offset" | "kind"> {
  /** Of a reading. */
  readonly host: string;
}

type Format = "ndjson" | "csv";

/** A row's text without its LF; null: nothing becomes of it. */
interface MadeRow {
  readonly bytes: Uint8Array;
  readonly kind: HistoryRow["kind"] | null;
  readonly host: string;
}

const HEADER = "host_id,timestamp,temp_c,cpu_load,voltage\n";
const BEGAN_MS = Date.UTC(2025, 10, 20);

/** The `[[source]]` tables of a world; a path that two of them name is the first one's. */
export function historySources(files: readonly HistoryFile[]): unknown[] {
  const source = (format: Format, name: string, paths: readonly string[]) => ({
    name,
    path: paths,
    format,
    region: HISTORY_REGION,
    timezone: "UTC",
    host_id: "host_id",
    timestamp: "timestamp",
    temp_c: "temp_c",
    cpu_load: "cpu_load",
    voltage: "voltage",
  });
  return (["ndjson", "csv"] as const).flatMap((format) => {
    const paths = files.filter((one) => one.format === format).map((one) => one.path);
    if (paths.length === 0) return [];
    return [source(format, format, paths), source(format, `${format}_again`, paths.slice(0, 1))];
  });
}

export class HistoryFile {
  readonly path: string;
  readonly format: Format;
  /** Calm: what was begun is written to its end, and nothing new. */
  isCalm = false;
  /** What the newest version becomes; null while there is none. */
  expected: readonly ExpectedRow[] | null = null;
  /** The newest version is one that nobody can read. */
  isRefused = false;
  /** All bytes of the newest version are there. */
  isWhole = true;
  #version = 0;
  #rows: MadeRow[] = [];
  #content: Uint8Array = new Uint8Array(0);

  constructor(
    private readonly schedule: Schedule,
    private readonly disk: SimulatedDisk,
    directory: string,
    readonly name: string,
    private readonly faultsFound: string[],
    /** The bytes of another file instead of bytes of its own. */
    private readonly copied: HistoryFile | null,
  ) {
    this.format = copied?.format ?? (schedule.chance(0.5) ? "ndjson" : "csv");
    this.path = `${directory}/${name}.${this.format}`;
    this.#changeLater(schedule.between(0, 3));
  }

  #changeLater(more: number): void {
    const { schedule } = this;
    schedule.after(schedule.random.next() * 9_000, () => {
      if (this.isCalm && this.expected !== null) return;
      this.#change().catch((error) => this.faultsFound.push(`history: ${error.stack}`));
      if (more > 0) this.#changeLater(more - 1);
    });
  }

  async #change(): Promise<void> {
    if (!this.isWhole) return;
    const { schedule } = this;
    const isNew = this.expected === null;
    const grows = !isNew && !this.isRefused && this.copied === null && schedule.chance(0.3);
    const isTouched = !isNew && !grows && schedule.chance(0.2);
    if (!isTouched) this.#make(grows);
    schedule.trace(`${this.path} version ${this.#version}, ${this.#content.length} bytes`);
    this.isWhole = false;
    if (schedule.chance(0.5)) await this.#replace();
    else await this.#writeInPlace(isNew, grows);
  }

  #make(grows: boolean): void {
    const { schedule } = this;
    this.#version++;
    if (this.copied !== null && this.copied.expected !== null) {
      this.#content = this.copied.#content;
      this.expected = this.copied.expected;
      this.isRefused = this.copied.isRefused;
      return;
    }
    this.isRefused = !grows && this.format === "csv" && schedule.chance(0.2);
    const rows = Array.from({ length: schedule.between(0, 20) }, (_, nth) => this.#row(nth));
    this.#rows = grows ? [...this.#rows, ...rows] : rows;
    const header = this.isRefused ? "x,".repeat(LIMITS.csvColumnsMax + 1) + "\n" : HEADER;
    const parts: Uint8Array[] = this.format === "csv" ? [Buffer.from(header)] : [];
    let offset = parts[0]?.length ?? 0;
    const expected: ExpectedRow[] = [];
    for (const { bytes, kind, host } of this.#rows) {
      if (kind !== null) expected.push({ offset, kind, host });
      parts.push(bytes, Uint8Array.of(10));
      offset += bytes.length + 1;
    }
    this.#content = Buffer.concat(parts);
    this.expected = this.isRefused ? [] : expected;
  }

  #row(nth: number): MadeRow {
    const { schedule } = this;
    const host = `${this.name}v${this.#version}-${nth}`;
    const timestamp = new Date(BEGAN_MS + schedule.between(0, 5 * 3_600_000)).toISOString();
    const made = (kind: MadeRow["kind"], temp_c: number, voltage: number, more = ""): MadeRow => {
      const value = { host_id: host, timestamp, temp_c, cpu_load: 50, voltage };
      const text = this.format === "csv"
        ? Object.values(value).join(",") + more
        : JSON.stringify(value) + more;
      return { bytes: Buffer.from(text), kind, host };
    };
    const luck = schedule.between(0, 99);
    if (luck < 4) return { bytes: new Uint8Array(0), kind: null, host };
    if (luck < 9) return made("dead_letter", 1e9, 12);
    if (luck < 14) return made("dead_letter", 30, REFUSED_VOLTS);
    // A cell too many; no JSON.
    if (luck < 18) return made("dead_letter", 30, 12, ",?");
    return made("reading", 20 + schedule.between(0, 60), 12);
  }

  /** Another file under its name: whoever reads the old one reads on in that. */
  async #replace(): Promise<void> {
    const temporary = `${this.path}.part`;
    if (await this.disk.stat(temporary) !== null) await this.disk.remove(temporary);
    const file = await this.disk.open(temporary, "create");
    await file.write(this.#content, 0);
    await file.sync();
    await this.disk.rename(temporary, this.path);
    await this.disk.syncDirectory(dirname(this.path));
    this.isWhole = true;
  }

  async #writeInPlace(isNew: boolean, grows: boolean): Promise<void> {
    const file = await this.disk.open(this.path, isNew ? "create" : "write");
    if (isNew) await this.disk.syncDirectory(dirname(this.path));
    if (!grows) await file.truncate(0);
    await file.sync();
    this.#writeOn(file, grows ? Math.min(await file.size(), this.#content.length) : 0);
  }

  #writeOn(file: OpenFile, at: number): void {
    const { schedule } = this;
    schedule.after(schedule.random.next() * 600, async () => {
      const end = schedule.chance(0.4)
        ? this.#content.length
        : schedule.between(at, this.#content.length);
      await file.write(this.#content.subarray(at, end), at);
      await file.sync();
      if (end < this.#content.length) return this.#writeOn(file, end);
      this.isWhole = true;
    });
  }
}
