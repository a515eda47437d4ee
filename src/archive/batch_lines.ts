/** The lines of a batch run's files: a normalised reading, a reject. Each one JSON text, no LF. */
import { isoUtc } from "../model/iso_time.ts";
import type { DeadLetter, Fields } from "../model/record.ts";
import type { Reading } from "../model/reading.ts";

/** Hosts whose names are kept as JSON. */
const HOSTS_MAX = 100_000;

/**
 * Readings of one source as lines: the seven columns, then which source's which record it was (byte
 * offset of its line, or row number), then, where it had columns that the mapping does not know,
 * those as they came. Written by hand, since `JSON.stringify` was a third of a file's loading.
 */
export class ReadingLines {
  readonly #sourceJson: string;
  readonly #hosts = new Map<string, { readonly region: string; readonly json: string }>();

  constructor(source: string) {
    this.#sourceJson = JSON.stringify(source);
  }

  line(reading: Reading, extra?: Fields): string {
    const { host_id, region, atMs, temp_c, cpu_load, voltage, power_watts, offset } = reading;
    const line =
      `${this.#names(host_id, region)},"timestamp":"${isoUtc(atMs)}","temp_c":${temp_c},` +
      `"cpu_load":${cpu_load},"voltage":${voltage},"power_watts":${power_watts},` +
      `"source":${this.#sourceJson},"offset":${offset}`;
    return extra === undefined ? `${line}}` : `${line},"extra":${JSON.stringify(extra, plain)}}`;
  }

  #names(hostId: string, region: string): string {
    const known = this.#hosts.get(hostId);
    if (known !== undefined && known.region === region) return known.json;
    const json = `{"host_id":${JSON.stringify(hostId)},"region":${JSON.stringify(region)}`;
    if (this.#hosts.size >= HOSTS_MAX) this.#hosts.clear();
    this.#hosts.set(hostId, { region, json });
    return json;
  }
}

/** What was rejected, where it lies, by which rule and why, and its raw text. */
export function deadLetterLine(letter: DeadLetter, source: string): string {
  const { offset, code, detail, raw } = letter;
  return JSON.stringify({ source, offset, code, detail, raw });
}

/** Parquet has 64-bit integers, JSON has not. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
