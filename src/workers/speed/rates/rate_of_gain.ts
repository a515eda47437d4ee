/**
 * What a set of counters gained → a rate, or null where it does not tell one.
 *
 * CPU time, as node-mixin's rule `instance:node_cpu_utilisation:rate…` has it, over all CPUs:
 *
 *     1 − Δ(idle + iowait + steal) / Δ(all modes)
 *
 * which `busyShare` is, for counters that are pushed and for those that are scraped; or, where only
 * unused modes are sent, which saves series, 1 − Δ(unused) / (CPUs × Δt).
 * https://github.com/prometheus/node_exporter/blob/master/docs/node-mixin/rules/rules.libsonnet.
 * Energy: ΔJ / Δt. Of Intel's RAPL zones `psys` is the whole platform; else it is the packages and
 * their memory; cores are parts of a package and stay out
 * (https://www.kernel.org/doc/html/latest/power/powercap/powercap.html).
 *
 * Never negative, never above 1: what modes gained must fit the time that went by, within half of
 * it. So counters that began anew unseen, or rates that call themselves counters, give nothing.
 */
import type { CounterForm, CounterPart } from "./counter_sample.ts";

/** Sums over a set: of all its counters, and of those apart. */
export interface Gain {
  readonly all: number;
  readonly apart: number;
  readonly spanMs: number;
}

export interface Shape {
  /** Null where counters are of all CPUs together. */
  readonly cpus: number | null;
  /** Only unused modes, or the platform among the zones. */
  readonly isApart: boolean;
}

/** Null where no rate can be made of such a set: a CPU lacks modes. */
export function shapeOf(form: CounterForm, parts: Iterable<CounterPart>): Shape | null {
  const modes = new Map<string, Set<string>>();
  let apart = 0;
  let count = 0;
  for (const { cpu, mode, isApart } of parts) {
    const ofCpu = modes.get(cpu) ?? new Set();
    modes.set(cpu, ofCpu.add(mode));
    if (isApart) apart++;
    count++;
  }
  if (form.measure === "power") return { cpus: null, isApart: apart > 0 };
  const isApart = apart === count;
  // Of all CPUs together and of each one: which of them would be counted twice is not known.
  if (modes.has("") && modes.size > 1) return null;
  const isWhole = [...modes.values()].every((ofCpu) =>
    ofCpu.has("idle") &&
    (isApart || ofCpu.has("user") && (ofCpu.has("system") || ofCpu.has("sys")))
  );
  return isWhole ? { cpus: modes.has("") ? null : modes.size, isApart } : null;
}

const FIT = 0.5;
/** Clocks of exporter and sender: unused time may seem to be so much more than time. */
const SLACK = 0.05;

export function rateOfGain(form: CounterForm, shape: Shape, gain: Gain): number | null {
  const { all, apart, spanMs } = gain;
  if (!(spanMs > 0 && all >= 0 && apart >= 0)) return null;
  if (form.measure === "power") {
    return rounded((shape.isApart ? apart : all) / form.unitsPerSecond / (spanMs / 1_000), 1e3);
  }
  const time = shape.cpus === null ? null : shape.cpus * spanMs / 1_000 * form.unitsPerSecond;
  if (shape.isApart) {
    if (time === null) return null;
    const busy = 1 - apart / time;
    return busy < -SLACK ? null : rounded(Math.max(0, busy), 1e6);
  }
  if (time !== null && Math.abs(all - time) > FIT * time) return null;
  return busyShare(gain);
}

/** 0–1, of the time that all modes of all CPUs gained; null where they gained none. */
export function busyShare({ all, apart }: Pick<Gain, "all" | "apart">): number | null {
  // Sums of many numbers: their last digits may say a little less than nothing.
  return all > 0 ? rounded(Math.min(1, Math.max(0, 1 - apart / all)), 1e6) : null;
}

function rounded(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}
