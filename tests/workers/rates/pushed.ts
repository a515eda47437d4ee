/** Lines of agents through the step that makes rates, and what the mapping reads of what it made. */
import type { Reading } from "../../../src/model/reading.ts";
import { LineFramer } from "../../../src/sources/line_framer.ts";
import { liveMapping } from "../../../src/workers/speed/live_mapping.ts";
import { normaliseBlock, type Watchers } from "../../../src/workers/speed/normalise_block.ts";
import { CounterRates, type RateLimits } from "../../../src/workers/speed/rates/counter_rates.ts";

const { normalise } = liveMapping([], "test");

/** 2026-11-28 12:00 UTC. */
export const START_MS = Date.UTC(2026, 10, 28, 12);

function readingsOf(lines: readonly string[], arrivalMs: number, watchers: Watchers) {
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  const block = new LineFramer().push(bytes);
  if (block === null) return [];
  const slices = normaliseBlock({ part: 0, offset: 0, arrivalMs, block }, normalise, watchers);
  const rejects = slices.flatMap((slice) => slice.deadLetters);
  if (rejects.length > 0) throw new Error(JSON.stringify(rejects));
  return slices.flatMap((slice) => slice.readings);
}

export class Pushed {
  rates: CounterRates;

  constructor(limits: Partial<Record<keyof RateLimits, number>> = {}) {
    this.rates = new CounterRates(limits);
  }

  /** One body of lines; gives the readings of the rates that it completes. */
  push(lines: readonly string[], arrivalMs: number): readonly Reading[] {
    const ignored: Watchers["ignored"] = (fields) => this.rates.observe(fields, arrivalMs);
    for (const reading of readingsOf(lines, arrivalMs, { ignored })) {
      if (this.rates.size > 0) this.rates.told(reading, arrivalMs);
    }
    return readingsOf(this.rates.takeLines(), arrivalMs, {});
  }

  /** The process is gone: what it knew as well. */
  restart(): void {
    this.rates = new CounterRates();
  }
}

export type Modes = Readonly<Record<string, number>>;

/** A scrape of node_exporter's CPU seconds as remote write brings it: a line a series. */
export function scrape(
  atS: number,
  cpus: readonly Modes[],
  labels: Readonly<Record<string, string>> = { instance: "h:9100", job: "node" },
): string[] {
  return cpus.flatMap((modes, cpu) =>
    Object.entries(modes).map(([mode, value]) =>
      series({ ...labels, __name__: "node_cpu_seconds_total", cpu: String(cpu), mode }, atS, value)
    )
  );
}

export function series(labels: Readonly<Record<string, string>>, atS: number, value: number) {
  return JSON.stringify({ labels, samples: [[START_MS + atS * 1_000, value]] });
}

/** What a reading says, by seconds since the start. */
export function told(readings: readonly Reading[]) {
  return readings.map(({ atMs, cpu_load, power_watts, host_id }) => ({
    host_id,
    at_s: (atMs - START_MS) / 1_000,
    ...(cpu_load === null ? {} : { cpu_load }),
    ...(power_watts === null ? {} : { power_watts }),
  }));
}
