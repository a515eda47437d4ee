/**
 * The short way from a line's values to a reading, for lines of one shape (sources/line_template.ts)
 * under one mapping: a line of numbers and a known host costs no parse and no text. Gives what
 * `Mapping.normalise` gives for the same line, or null: then that is to be asked.
 */
import type { LineValues } from "../model/line_values.ts";
import type { Reading } from "../model/reading.ts";
import { HOST_SERIES } from "./host_series.ts";
import { KnownHosts, type NameBytes } from "./known_hosts.ts";

/** A metric's number → canonical units, where it lies within its bounds. */
export interface NumberRule {
  readonly slot: number;
  /** Numbers that mean "not measured". */
  readonly missing: readonly number[];
  readonly convert: (value: number) => number;
  readonly min: number;
  readonly max: number;
}

export interface TemplateRules {
  readonly hostSlot: number;
  /** -1: the region follows from the host's name alone. */
  readonly regionSlot: number;
  readonly timeSlot: number;
  /** Null: the lines do not have it. */
  readonly temp_c: NumberRule | null;
  readonly cpu_load: NumberRule | null;
  readonly voltage: NumberRule | null;
  readonly power_watts: NumberRule | null;
  /** Name and region of the texts of a line; null where one is not valid. */
  readonly hostOf: (
    host: string,
    region: string | null,
  ) => Pick<Reading, "host_id" | "region"> | null;
  /** Epoch ms; NaN where the text is none, or a rule had to decide. */
  readonly timeOf: (text: string) => number;
  /** Flags of a reading, and counts it. */
  readonly flagsOf: (atMs: number, arrivalMs: number | null) => number;
}

const NO_BYTES = new Uint8Array(0);
const ASCII = new TextDecoder("latin1");

interface KnownHost {
  readonly host_id: string;
  readonly region: string;
  readonly series: number;
}

export class TemplateReader {
  readonly #rules: TemplateRules;
  readonly #hosts = new KnownHosts<KnownHost>();
  /** The last time read: neighbours mostly have the same. */
  #timeBytes: Uint8Array = NO_BYTES;
  #atMs = NaN;

  constructor(rules: TemplateRules) {
    this.#rules = rules;
  }

  read(
    bytes: Uint8Array,
    values: LineValues,
    offset: number,
    arrivalMs: number | null,
  ): Reading | null {
    const rules = this.#rules;
    const host = this.#host(bytes, values);
    if (host === null) return null;
    const atMs = this.#time(bytes, values);
    if (atMs !== atMs) return null;
    const temp_c = numberOf(rules.temp_c, values);
    const cpu_load = numberOf(rules.cpu_load, values);
    const voltage = numberOf(rules.voltage, values);
    const power_watts = numberOf(rules.power_watts, values);
    if (temp_c !== temp_c || cpu_load !== cpu_load) return null;
    if (voltage !== voltage || power_watts !== power_watts) return null;
    if (temp_c === null && cpu_load === null && voltage === null && power_watts === null) {
      return null;
    }
    const flags = rules.flagsOf(atMs, arrivalMs);
    const { host_id, region, series } = host;
    return { host_id, region, atMs, temp_c, cpu_load, voltage, power_watts, flags, offset, series };
  }

  #host(bytes: Uint8Array, { starts, ends }: LineValues): KnownHost | null {
    const { hostSlot, regionSlot } = this.#rules;
    const from = starts[hostSlot]!, to = ends[hostSlot]!;
    const regionFrom = regionSlot < 0 ? 0 : starts[regionSlot]!;
    const regionTo = regionSlot < 0 ? 0 : ends[regionSlot]!;
    return this.#hosts.find(bytes, from, to, regionFrom, regionTo) ??
      this.#learn({ bytes, from, to, regionFrom, regionTo });
  }

  #learn(name: NameBytes): KnownHost | null {
    const { bytes, from, to, regionFrom, regionTo } = name;
    const region = this.#rules.regionSlot < 0 ? null : textOf(bytes.subarray(regionFrom, regionTo));
    const names = this.#rules.hostOf(textOf(bytes.subarray(from, to)), region);
    const series = names === null ? undefined : HOST_SERIES.of(names.region, names.host_id);
    // Hosts beyond those with a number go the usual way.
    if (names === null || series === undefined) return null;
    const host = { ...names, series };
    this.#hosts.add(name, host);
    return host;
  }

  #time(bytes: Uint8Array, { starts, ends }: LineValues): number {
    const from = starts[this.#rules.timeSlot]!, to = ends[this.#rules.timeSlot]!;
    if (isSame(this.#timeBytes, bytes, from, to)) return this.#atMs;
    const text = bytes.slice(from, to);
    const atMs = this.#rules.timeOf(textOf(text));
    this.#timeBytes = text;
    return this.#atMs = atMs;
  }
}

/** Null where the lines do not have it, NaN where it is to be looked at more closely. */
function numberOf(rule: NumberRule | null, { numbers }: LineValues): number | null {
  if (rule === null) return null;
  const number = numbers[rule.slot]!;
  if (rule.missing.length > 0 && rule.missing.includes(number)) return null;
  const value = rule.convert(number);
  return value >= rule.min && value <= rule.max ? value + 0 : NaN;
}

function isSame(known: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (known.length !== to - from) return false;
  // From the end: names and times differ there.
  for (let i = known.length - 1; i >= 0; i--) if (known[i] !== bytes[from + i]) return false;
  return true;
}

function textOf(ascii: Uint8Array): string {
  return ASCII.decode(ascii);
}
