/** Lines of a batch run's files as values; null for what is no such line. */
import type { Reading, ReadingJson } from "../../model/reading.ts";
import type { StoredLetter } from "../../store/queries/origin_rows.ts";

export interface SourceLine<T> {
  /** The history file, as the store names it. */
  readonly source: string;
  readonly value: T;
}

export function parseReading(text: string): SourceLine<Reading> | null {
  try {
    const line = JSON.parse(text) as ReadingJson & { source: string; offset: number };
    const { host_id, region, temp_c, cpu_load, voltage, power_watts, source, offset } = line;
    const atMs = Date.parse(line.timestamp);
    const isNamed = [host_id, region, source].every((name) => typeof name === "string");
    if (!isNamed || !Number.isFinite(atMs) || !Number.isSafeInteger(offset)) return null;
    const metrics = [temp_c, cpu_load, voltage, power_watts];
    // Any JSON may stand here; a column that is gone is not a null.
    if (!metrics.every((value: unknown) => value === null || typeof value === "number")) {
      return null;
    }
    return {
      source,
      value: {
        host_id,
        region,
        atMs,
        temp_c,
        cpu_load,
        voltage,
        power_watts,
        flags: 0,
        offset,
      },
    };
  } catch {
    return null;
  }
}

export function parseReject(text: string): SourceLine<StoredLetter> | null {
  try {
    const { source, offset, code } = JSON.parse(text) as Record<string, unknown>;
    if (typeof source !== "string" || typeof code !== "string") return null;
    return Number.isSafeInteger(offset)
      ? { source, value: { offset: offset as number, code } }
      : null;
  } catch {
    return null;
  }
}
