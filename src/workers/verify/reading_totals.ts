/**
 * What a set of readings comes to, whatever their order: count, sums, and a digest that changes
 * with any bit of any reading.
 *
 *   digest = Σ XXH64(JSON of [offset, host_id, region, atMs, temp_c, cpu_load, voltage,
 *            power_watts, flags]) mod 2^64, seed 0
 */
import { type Metric, METRICS, type Reading } from "../../model/reading.ts";
import { toMicro } from "../../model/rollup.ts";

export interface TotalsJson {
  readonly rows: number;
  /** 16 hex digits. */
  readonly digest: string;
  readonly sums: Readonly<
    Record<Metric, { readonly count: number; readonly sum_micro: string }>
  >;
}

export class ReadingTotals {
  #rows = 0;
  #digest = 0n;
  readonly #counts = new Map<Metric, number>();
  readonly #sums = new Map<Metric, bigint>();

  get rows(): number {
    return this.#rows;
  }

  add(readings: readonly Reading[]): void {
    this.#rows += readings.length;
    let digest = this.#digest;
    for (const one of readings) {
      digest += Bun.hash.xxHash64(
        JSON.stringify([
          one.offset,
          one.host_id,
          one.region,
          one.atMs,
          one.temp_c,
          one.cpu_load,
          one.voltage,
          one.power_watts,
          one.flags,
        ]),
      );
    }
    this.#digest = BigInt.asUintN(64, digest);
    for (const metric of METRICS) this.#sum(metric, readings);
  }

  json(): TotalsJson {
    const sums = Object.fromEntries(METRICS.map((metric) => [metric, {
      count: this.#counts.get(metric) ?? 0,
      sum_micro: String(this.#sums.get(metric) ?? 0n),
    }])) as TotalsJson["sums"];
    return { rows: this.#rows, digest: this.#digest.toString(16).padStart(16, "0"), sums };
  }

  #sum(metric: Metric, readings: readonly Reading[]): void {
    let count = 0, sum = 0;
    for (const reading of readings) {
      const value = reading[metric];
      if (value === null) continue;
      count++;
      sum += toMicro(value);
    }
    this.#counts.set(metric, (this.#counts.get(metric) ?? 0) + count);
    this.#sums.set(metric, (this.#sums.get(metric) ?? 0n) + BigInt(sum));
  }
}
