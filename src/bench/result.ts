/** What every benchmark answers with: figures, the peer's figures, and goals met or not. */
import { cpus, totalmem } from "node:os";
import { rounded } from "./statistics.ts";

export type Figures = Readonly<Record<string, number>>;

export interface BenchResult {
  readonly bench: string;
  readonly machine: string;
  readonly figures: Figures;
  readonly peers: Figures;
  readonly goals: readonly BenchGoal[];
  /** What a reader must know to read the figures: a peer that is absent, a size that was cut. */
  readonly notes: readonly string[];
}

export interface BenchGoal {
  readonly name: string;
  readonly value: number;
  readonly goal: number;
  readonly rule: "at least" | "at most";
  readonly unit: string;
  readonly met: boolean;
}

export function describeMachine(): string {
  const processors = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} × ${processors[0]?.model.trim() ?? "unknown"}, ${gigabytes} GiB, ` +
    `${process.platform} ${process.arch}, Bun ${Bun.version}`;
}

/** Judged before it is rounded: 0.9996 is not 1. */
export function atLeast(name: string, value: number, goal: number, unit = "×"): BenchGoal {
  return { name, value: rounded(value), goal, rule: "at least", unit, met: value >= goal };
}

export function atMost(name: string, value: number, goal: number, unit = "×"): BenchGoal {
  return { name, value: rounded(value), goal, rule: "at most", unit, met: value <= goal };
}

const VERIFIED = "runs that verify finds different";

/** Hot = cold: what `verify` says after the benchmark. */
export function verifyGoal(differingRuns: number): BenchGoal {
  return atMost(VERIFIED, differingRuns, 0, "");
}

/** A difference is no slow figure but a fault: the command exits 1. */
export function isFault(goal: BenchGoal): boolean {
  return goal.name.startsWith(VERIFIED) && !goal.met;
}

export function formatResult(result: BenchResult): string {
  const row = ([name, value]: [string, number]) =>
    `  ${name.padEnd(54)} ${shown(value).padStart(14)}`;
  const goal = ({ name, value, goal, rule, unit, met }: BenchGoal) =>
    `${row([name, value])}${unit}  ${rule} ${shown(goal)}${unit}  ${met ? "met" : "NOT MET"}`;
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [title, ...lines];
  return [
    `${result.bench} on ${result.machine}`,
    ...Object.entries(result.figures).map(row),
    ...section("peers in the same run", Object.entries(result.peers).map(row)),
    ...section("goals", result.goals.map(goal)),
    ...section("notes", result.notes.map((note) => `  ${note}`)),
  ].join("\n");
}

function shown(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 3 });
}
