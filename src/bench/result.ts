/** What every benchmark answers with: figures, the peer's figures, and goals as ratios. */
import { cpus, totalmem } from "node:os";

export interface BenchResult {
  readonly bench: string;
  readonly machine: string;
  readonly figures: Readonly<Record<string, number>>;
  readonly peers: Readonly<Record<string, number>>;
  readonly goals: readonly BenchGoal[];
}

export interface BenchGoal {
  readonly name: string;
  readonly value: number;
  /** At least this. */
  readonly goal: number;
  readonly met: boolean;
}

export function describeMachine(): string {
  const processors = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} × ${processors[0]?.model.trim() ?? "unknown"}, ${gigabytes} GiB, ` +
    `${process.platform} ${process.arch}, Bun ${Bun.version}`;
}

export function goalOf(name: string, value: number, goal: number): BenchGoal {
  return { name, value: Math.round(value * 1_000) / 1_000, goal, met: value >= goal };
}

export function formatResult(result: BenchResult): string {
  const row = ([name, value]: [string, number]) =>
    `  ${name.padEnd(44)} ${value.toLocaleString("en-US").padStart(14)}`;
  return [
    `${result.bench} on ${result.machine}`,
    ...Object.entries(result.figures).map(row),
    "peers in the same run",
    ...Object.entries(result.peers).map(row),
    ...(result.goals.length === 0 ? [] : ["goals"]),
    ...result.goals.map(({ name, value, goal, met }) =>
      `  ${name.padEnd(44)} ${`${value}×`.padStart(14)}  goal ${goal}×  ${met ? "met" : "not met"}`
    ),
  ].join("\n");
}
