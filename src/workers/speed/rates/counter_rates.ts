/**
 * Counters that agents push → rates, as lines for the archive.
 *
 * The step stands behind the archive's word and before the next one: it looks at records that are
 * durable, in their order, with the arrival times that the archive has of them, and what it makes is
 * archived as lines of their own, after what they were made of. So whatever reads the archive
 * (replay, rebuild, verify, a restart in the middle) reads a share or watts as it stands there, and
 * needs no counter before it; the state here may be lost, and then there is no rate for once.
 *
 * Where an agent sends the finished figure of a host as well, it counts, and none is made. Shares of
 * single cores are not even kept then, nor beside counters of the host's CPU time.
 */
import { LIMITS } from "../../../limits.ts";
import type { Reading } from "../../../model/reading.ts";
import { type Fields, isObject } from "../../../model/record.ts";
import { collectdCounter } from "./collectd_counters.ts";
import type { CounterSample, Measure } from "./counter_sample.ts";
import { CounterSet } from "./counter_set.ts";
import { otlpCounter } from "./otlp_counters.ts";
import { prometheusCounter } from "./prometheus_counters.ts";
import { telegrafCounter } from "./telegraf_counters.ts";
import { vectorCounter } from "./vector_counters.ts";

export type RateLimits = Pick<typeof LIMITS, "countersMax">;

function counterOf(
  fields: Fields,
  isKnown: (host: unknown) => boolean,
): CounterSample | null {
  if (fields["protocol"] === "otlp") return otlpCounter(fields);
  if (isObject(fields["labels"])) return prometheusCounter(fields);
  if (typeof fields["plugin"] === "string") return collectdCounter(fields);
  return telegrafCounter(fields, isKnown) ?? vectorCounter(fields);
}

interface Entry {
  readonly set: CounterSet;
  /** Some record of it: the line is made after it. */
  readonly fields: Fields;
  readonly host: string;
  readonly kind: CounterSample["kind"];
  /** What the record takes, counted as counters are: some 200 bytes each. */
  readonly weight: number;
  /** It was too much for the limit: until it is forgotten, nothing is taken of it. */
  isLeftOut: boolean;
}

const SWEEP_MS = 60_000;

export class CounterRates {
  readonly #countersMax: number;
  readonly #entries = new Map<string, Entry>();
  readonly #told = new Map<string, number>();
  /** Hosts of which there are counters, with how many sets. */
  readonly #counted = new Map<string, number>();
  #made: { readonly host: string; readonly line: string }[] = [];
  #size = 0;
  #weight = 0;
  #sweptMs = -Infinity;
  /** Lines made, and samples of counters left out for want of room. */
  made = 0;
  leftOut = 0;

  constructor(limits: Partial<Record<keyof RateLimits, number>> = {}) {
    this.#countersMax = limits.countersMax ?? LIMITS.countersMax;
  }

  /** Counters, times not yet whole, and what is kept of their hosts, in memory. */
  get size(): number {
    return this.#size + this.#weight;
  }

  /** One archived record that becomes no reading itself, in its turn. */
  observe(fields: Fields, arrivalMs: number): void {
    const sample = counterOf(fields, this.#isLoadKnown);
    // A sensor that can't be read (NaN) is a sample that is missing.
    if (sample === null || Number.isNaN(sample.value)) return;
    if (!(sample.atMs >= LIMITS.timeMsMin && sample.atMs <= LIMITS.timeMsMax)) return;
    const { counterHostCharsMax, counterNameCharsMax } = LIMITS;
    if (
      sample.set.length > counterHostCharsMax || sample.counter.length > counterNameCharsMax
    ) {
      this.leftOut++;
      return;
    }
    this.#sweep(arrivalMs);
    if (sample.kind === "share" && this.#isLoadKnown(sample.host)) return;
    this.#add(sample, fields, arrivalMs);
  }

  /** A reading that came by, of whatever agent: what it tells of its host is not made here, too. */
  told({ host_id, cpu_load, power_watts }: Reading, arrivalMs: number): void {
    if (cpu_load !== null) this.#tell(toldKey("cpu", host_id), arrivalMs);
    if (power_watts !== null) this.#tell(toldKey("power", host_id), arrivalMs);
  }

  /** What was made since it was asked last, each without its LF. */
  takeLines(): readonly string[] {
    if (this.#made.length === 0) return [];
    const lines = this.#made.filter(({ host }) => !this.#told.has(host)).map(({ line }) => line);
    this.#made = [];
    this.made += lines.length;
    return lines;
  }

  /** Whether a host's load is told, or made of counters. */
  readonly #isLoadKnown = (host: unknown): boolean => {
    const key = toldKey("cpu", host);
    return this.#told.has(key) || this.#counted.has(key);
  };

  #add(sample: CounterSample, fields: Fields, arrivalMs: number): void {
    const key = `${sample.form.name} ${sample.set}`;
    let entry = this.#entries.get(key);
    const hasRoom = this.size < this.#countersMax;
    if (entry === undefined && hasRoom) {
      const chars = JSON.stringify(fields).length;
      const weight = Math.ceil(chars / 200);
      if (chars <= LIMITS.counterRecordCharsMax && this.size + weight <= this.#countersMax) {
        const host = toldKey(sample.form.measure, sample.host);
        const { form, kind } = sample;
        entry = { set: new CounterSet(form), fields, host, kind, weight, isLeftOut: false };
        this.#entries.set(key, entry);
        if (kind !== "share") this.#counted.set(host, (this.#counted.get(host) ?? 0) + 1);
        this.#weight += weight;
      }
    }
    if (entry === undefined || entry.isLeftOut) {
      this.leftOut++;
      return;
    }
    const before = entry.set.size;
    const isFull = !hasRoom || before >= LIMITS.countersOfHostMax;
    if (isFull && !entry.set.holds(sample)) {
      // Without all of its counters there is no rate: then it needs none of them.
      entry.isLeftOut = true;
      entry.set.clear();
      entry.set.arrivalMs = arrivalMs;
      this.leftOut++;
    } else {
      for (const rate of entry.set.add(sample, arrivalMs)) {
        if (this.#told.has(entry.host)) break;
        this.#made.push({ host: entry.host, line: sample.form.line(entry.fields, rate) });
      }
    }
    this.#size += entry.set.size - before;
  }

  #tell(key: string, arrivalMs: number): void {
    this.#sweep(arrivalMs);
    if (this.#told.has(key) || this.#told.size < LIMITS.hostsMax) this.#told.set(key, arrivalMs);
  }

  /** Hosts that said nothing for long are forgotten. */
  #sweep(arrivalMs: number): void {
    if (Math.abs(arrivalMs - this.#sweptMs) < SWEEP_MS) return;
    this.#sweptMs = arrivalMs;
    const beforeMs = arrivalMs - LIMITS.counterGapMsMax;
    for (const [key, entry] of this.#entries) {
      if (entry.set.arrivalMs < beforeMs) this.#forget(key, entry);
    }
    for (const [key, atMs] of this.#told) if (atMs < beforeMs) this.#told.delete(key);
  }

  #forget(key: string, { set, weight, host, kind }: Entry): void {
    this.#size -= set.size;
    this.#weight -= weight;
    this.#entries.delete(key);
    if (kind === "share") return;
    const sets = this.#counted.get(host)! - 1;
    if (sets > 0) this.#counted.set(host, sets);
    else this.#counted.delete(host);
  }
}

function toldKey(measure: Measure, host: unknown): string {
  const name = typeof host === "string" || typeof host === "number" ? String(host) : "";
  return `${measure} ${name.slice(0, LIMITS.hostIdCharsMax)}`;
}
