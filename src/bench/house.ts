/** A rackwatch under measurement: a process of its own, asked over HTTP as anybody would. */
import type { Status } from "../model/status.ts";
import type { VerifyReport } from "../workers/verify/verify_store.ts";
import { type Address, parseAddress } from "../runtime/address.ts";
import { addressFrom, runSelf, spawnSelf, stopProcess } from "./processes.ts";
import { type BenchGoal, verifyGoal } from "./result.ts";
import type { Scratch } from "./scratch.ts";

export interface House {
  /** Without a slash at the end. */
  readonly url: string;
  readonly pid: number;
  status(): Promise<Status>;
  /** Where agents push lines. */
  agents(): Promise<Address>;
  /** Takes the live picture at 1 Hz, as a dashboard does, until the house stops. */
  openDashboard(): Promise<void>;
  stop(): Promise<void>;
}

/** How often counters are looked at; times that follow from them are right to about that. */
const LOOK_MS = 50;
/** A house that says nothing for so long is broken, not slow. */
const ANSWER_MS_MAX = 60_000;
const STILL_MS_MAX = 120_000;

/** @param feed `host:port` to dial; null: none is. Agents are always taken. */
export async function startHouse(scratch: Scratch, feed: string | null): Promise<House> {
  const child = spawnSelf([
    ...["up", "--no-demo", "--no-open", "--http", "127.0.0.1:0", "--listen", "127.0.0.1:0"],
    ...["--feed", feed === null ? "none" : `tcp://${feed}`, "--data-dir", scratch.dataDir],
  ], scratch);
  void child.stdout.pipeTo(new WritableStream());
  const url = (await addressFrom(child.stderr, "listening: dashboard")).replace(/\/$/, "");
  const dashboards = new AbortController();
  const status = async () => {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    return await (await fetch(`${url}/api/status`, { signal })).json() as Status;
  };
  return {
    url,
    pid: child.pid,
    status,
    agents: async () => {
      const { layers } = await until(status, ({ layers: { speed } }) => speed.listen !== null);
      return parseAddress(layers.speed.listen!, "the listening address");
    },
    openDashboard: async () => {
      const events = await fetch(`${url}/events?hz=1`, { signal: dashboards.signal });
      void events.body?.pipeTo(new WritableStream()).catch(() => {});
    },
    stop: async () => {
      dashboards.abort();
      await stopProcess(child);
    },
  };
}

/** The empty hot store: making an embedded one takes seconds, which are no part of a rate. */
export async function makeStore(scratch: Scratch): Promise<void> {
  const house = await startHouse(scratch, null);
  await until(house.status, ({ store }) => store.state === "ready");
  await house.stop();
}

/** Asks again until the answer fits. */
export async function until<T>(ask: () => Promise<T>, fits: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    await Bun.sleep(LOOK_MS);
  }
}

/**
 * Until so many lines are in the hot store or in the dead letters.
 *
 * @throws when nothing more comes for minutes: something is lost or broken, not slow.
 */
export function untilCommitted(house: House, lines: number): Promise<Status> {
  let last = 0, movedMs = performance.now();
  return until(house.status, ({ layers: { speed } }) => {
    const done = speed.committed_rows + speed.dead_letters;
    const nowMs = performance.now();
    if (done !== last) [last, movedMs] = [done, nowMs];
    if (nowMs - movedMs > STILL_MS_MAX) {
      throw new Error(`The store stands still at ${done} of ${lines} lines: ${speed.last_error}`);
    }
    return done >= lines;
  });
}

/** Hot = cold, of a house that has stopped. */
export async function verifyScratch(scratch: Scratch): Promise<BenchGoal> {
  const { report } = await runSelf<VerifyReport>(
    ["verify", "--data-dir", scratch.dataDir],
    scratch,
  );
  const differing = report.runs.filter((run) => run.differences.length > 0).length;
  return verifyGoal(report.same ? 0 : Math.max(1, differing));
}

/** The simulated fleet's feed as a process; ends with `stop`. */
export async function startFeed(
  scratch: Scratch,
  feed: { readonly rate: number; readonly rows?: number; readonly hosts: number },
): Promise<{ readonly address: string; stop(): Promise<void> }> {
  const child = spawnSelf([
    ...["generate", "feed", "--feed", "tcp://127.0.0.1:0", "--rate", String(feed.rate)],
    ...["--hosts", String(Math.max(1, Math.ceil(feed.hosts / 3)))],
    ...(feed.rows === undefined ? [] : ["--rows", String(feed.rows)]),
  ], scratch);
  void child.stdout.pipeTo(new WritableStream());
  const address = await addressFrom(child.stderr, "listening");
  return { address, stop: () => stopProcess(child) };
}
