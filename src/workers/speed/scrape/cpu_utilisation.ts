/**
 * node_exporter's CPU seconds, which are counters, → the share of time that the CPUs were busy between
 * two scrapes, by the rule for counters that are pushed (../rates/rate_of_gain.ts). A scrape has all
 * of them at one time, so nothing is to be waited for, and the share is made before the archive.
 * node_exporter counts guest time in user time as well, in a metric of its own: it is not added again.
 * Where a counter fell (the machine started anew), or a CPU came or went, there is no share for once.
 */
import type { ExpositionSample } from "../../../sources/exposition.ts";
import { cpuPart } from "../rates/counter_sample.ts";
import { CPU_SECONDS } from "../rates/prometheus_counters.ts";
import { busyShare } from "../rates/rate_of_gain.ts";

export class CpuUtilisation {
  #before: ReadonlyMap<string, number> | null = null;

  /** 0–1; null where two scrapes do not tell. Takes all samples of a scrape. */
  next(samples: readonly ExpositionSample[]): number | null {
    const now = new Map<string, number>();
    for (const { labels, value } of samples) {
      if (labels["__name__"] !== CPU_SECONDS) continue;
      now.set(`${labels["mode"]} ${labels["cpu"]}`, value);
    }
    const before = this.#before;
    this.#before = now;
    return before === null ? null : utilisation(before, now);
  }

  /** The next scrape has nothing to be compared with. */
  forget(): void {
    this.#before = null;
  }
}

function utilisation(
  before: ReadonlyMap<string, number>,
  now: ReadonlyMap<string, number>,
): number | null {
  if (before.size !== now.size) return null;
  let all = 0, apart = 0;
  for (const [key, value] of now) {
    const gained = value - (before.get(key) ?? NaN);
    // NaN too: a series that was not there.
    if (!(gained >= 0)) return null;
    all += gained;
    const [mode, cpu] = key.split(" ") as [string, string];
    if (cpuPart(cpu, mode).isApart) apart += gained;
  }
  return busyShare({ all, apart });
}
