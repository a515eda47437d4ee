/**
 * One sample of a counter that agents push, whichever agent it was: which counters make one rate
 * together (the modes of all CPUs of a host, the energy zones of a host), and what the rate becomes
 * as a line of that agent's own form, so that its mapping reads it as if the agent had sent it.
 *
 * A share of time that an agent tells core by core, and of no host as a whole, is such a sample too:
 * what the counter of unused time gained in a second.
 */
import type { Fields } from "../../../model/record.ts";

/** What a set of counters becomes: the share of time that CPUs were busy, 0–1, or watts. */
export type Measure = "cpu" | "power";

export interface CounterSample {
  /** Of the counters that make one rate together; one agent's way of naming one host. */
  readonly set: string;
  /** That host, as the agent's mapping names it. */
  readonly host: unknown;
  readonly form: CounterForm;
  /** The counter, within its set. */
  readonly counter: string;
  readonly part: CounterPart;
  readonly atMs: number;
  readonly value: number;
  /** The sum of all time; what was gained since `startMs`; or what one second gains. */
  readonly kind: "total" | "delta" | "share";
  /** Where the counter, or the delta, began; null where the agent does not say. */
  readonly startMs: number | null;
  /** Samples of one reading lie this near to each other, a whole interval apart; 0: at one time. */
  readonly intervalMs: number;
}

export interface CounterPart {
  /** The CPU that it is of; "" where it is of all of them, or of none. */
  readonly cpu: string;
  /** Mode of a CPU's time, or energy zone. */
  readonly mode: string;
  /** Time unused; energy of the whole platform, which the other zones are parts of. */
  readonly isApart: boolean;
}

export interface CounterForm {
  readonly name: string;
  readonly measure: Measure;
  /** What a counter gains in a second in which it runs: 1 in seconds, 100 in ticks of Linux. */
  readonly unitsPerSecond: number;
  /** @param fields Of some record of the set. */
  readonly line: (fields: Fields, rate: Rate) => string;
}

export interface Rate {
  readonly atMs: number;
  readonly spanMs: number;
  readonly value: number;
}

/** Modes in which a CPU does nothing for this machine, as node-mixin's rule has it. */
const UNUSED_MODES: readonly string[] = ["idle", "iowait", "io_wait", "wait", "steal"];

export function cpuPart(cpu: string, mode: string): CounterPart {
  return { cpu, mode, isApart: UNUSED_MODES.includes(mode) };
}

/** The part of a share, which only tells a core's unused time. */
export function sharePart(cpu: string): CounterPart {
  return cpuPart(cpu, "idle");
}

/**
 * A share of idle time within its bounds, 0 to a whole of 1 or 100; Infinity where it is beyond them:
 * then its host gives none, as what of it is true can't be told.
 */
export function idleShare(idle: number, whole: number): number {
  const slack = SHARE_SLACK * whole;
  if (idle < -slack || idle > whole + slack) return Infinity;
  return Math.min(whole, Math.max(0, idle));
}

/** As far beyond as a load may be and is taken for the bound (docs/SOURCES.md, "Units"). */
const SHARE_SLACK = 0.005;

/** The fields without some, as a text that is the same for the same fields in any order. */
export function identityOf(fields: Fields, without: ReadonlySet<string>): string {
  const names = Object.keys(fields).filter((name) => !without.has(name)).sort();
  return JSON.stringify(names.map((name) => [name, fields[name]]));
}

/** A number, or a decimal text of one, at or above 0; NaN for anything else. */
export function counted(value: unknown): number {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === "number" && number >= 0 && number < Infinity ? number : NaN;
}
