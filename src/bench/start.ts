/**
 * Start: `up` as a newcomer runs it, demo and embedded store, from the process's start to the first
 * frame with live readings at a client: a moving chart. On a fresh data directory, and on the one
 * that is there then. Median of runs.
 */
import type { Frame } from "../model/live_event.ts";
import type { Status } from "../model/status.ts";
import { followEvents } from "./event_stream.ts";
import { until, verifyScratch } from "./house.ts";
import type { BenchOptions } from "./options.ts";
import { addressFrom, spawnSelf, stopProcess } from "./processes.ts";
import { atMost, type BenchGoal, type BenchResult, describeMachine, verifyGoal } from "./result.ts";
import { makeScratch, type Scratch } from "./scratch.ts";
import { median, rounded } from "./statistics.ts";

const RUNS = 5;
const FRESH_SECONDS = 5;
const EXISTING_SECONDS = 1;
/** The demo's. */
const HISTORY_FILES = 3;

interface Run {
  readonly fresh: number;
  readonly existing: number;
  readonly goal: BenchGoal;
}

export async function benchStart(options: BenchOptions): Promise<BenchResult> {
  const runs: Run[] = [];
  for (let run = 0; run < (options.runs ?? RUNS); run++) runs.push(await oneRun());
  const fresh = median(runs.map((run) => run.fresh));
  const existing = median(runs.map((run) => run.existing));
  return {
    bench: "start",
    machine: describeMachine(),
    figures: {
      "runs": runs.length,
      "fresh data directory, seconds to a moving chart": rounded(fresh),
      "existing one, seconds to a moving chart": rounded(existing),
    },
    peers: {},
    goals: [
      atMost("fresh data directory", fresh, FRESH_SECONDS, " s"),
      atMost("existing data directory", existing, EXISTING_SECONDS, " s"),
      verifyGoal(runs.reduce((sum, run) => sum + run.goal.value, 0)),
    ],
    notes: [],
  };
}

async function oneRun(): Promise<Run> {
  const scratch = await makeScratch(null);
  try {
    const fresh = await secondsToMovingChart(scratch, untilLoaded);
    const existing = await secondsToMovingChart(scratch, () => Promise.resolve());
    return { fresh, existing, goal: await verifyScratch(scratch) };
  } finally {
    await scratch.remove();
  }
}

/** @param before What is waited for before it is stopped; not part of the time. */
async function secondsToMovingChart(
  scratch: Scratch,
  before: (url: string) => Promise<void>,
): Promise<number> {
  const startedMs = performance.now();
  const child = spawnSelf([
    ...["up", "--demo", "--no-open", "--http", "127.0.0.1:0", "--feed", "tcp://127.0.0.1:0"],
    ...["--data-dir", scratch.dataDir],
  ], scratch);
  void child.stdout.pipeTo(new WritableStream());
  try {
    const url = (await addressFrom(child.stderr, "listening: dashboard")).replace(/\/$/, "");
    const movedMs = await firstMovingFrameMs(url);
    await before(url);
    return (movedMs - startedMs) / 1000;
  } finally {
    await stopProcess(child);
  }
}

/** Until the store is made and has the history: what is stopped before is no existing directory. */
async function untilLoaded(url: string): Promise<void> {
  await until(
    async () => await (await fetch(`${url}/api/status`)).json() as Status,
    ({ store, layers: { batch } }) => store.state === "ready" && batch.files >= HISTORY_FILES,
  );
}

async function firstMovingFrameMs(url: string): Promise<number> {
  const stop = new AbortController();
  let moving: (atMs: number) => void = () => {};
  const moved = new Promise<number>((resolve) => moving = resolve);
  const { ended } = await followEvents(url, 10, ({ type, data, atMs }) => {
    if (type === "frame" && isMoving(JSON.parse(data) as Frame)) moving(atMs);
  }, stop.signal);
  const over = ended.then(() => {
    throw new Error("The event stream ended before a frame had live readings");
  });
  // Only the first of the two counts.
  over.catch(() => {});
  const atMs = await Promise.race([moved, over]);
  stop.abort();
  return atMs;
}

/** Live readings changed a second of the chart; those of history change none. */
export function isMoving({ seconds }: Pick<Frame, "seconds">): boolean {
  return seconds.some((second) => second.readings > 0);
}
