import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { type Clock, REAL_CLOCK } from "../../src/runtime/clock.ts";
import type { ToWorker } from "../../src/workers/messages.ts";
import { supervise, type Supervised } from "../../src/workers/supervisor.ts";
import { until } from "../support/rackwatch.ts";
import { hastyClock } from "./support/speed_lives.ts";
import type { FromUnruly, UnrulyStart } from "./support/unruly_worker.ts";

setDefaultTimeout(60_000);

type Does = UnrulyStart["does"];

const running: { supervised: Supervised<ToWorker<UnrulyStart>>; workers: Worker[] }[] = [];

afterEach(async () => {
  for (const { supervised, workers } of running.splice(0)) {
    await supervised.stop();
    for (const worker of workers) worker.terminate();
  }
});

interface SetUp {
  readonly restartsMax?: number;
  readonly clock?: Clock;
}

/** Supervises one worker whose lives do, in turn, what is listed; then it works. */
function begin(does: readonly Does[], { restartsMax, clock = hastyClock(10) }: SetUp = {}) {
  const beats: number[] = [];
  const fatal: { message: string; exitCode: number }[] = [];
  const reasons: unknown[] = [];
  const waits: unknown[] = [];
  const workers: Worker[] = [];
  let lives = 0;
  const supervised = supervise<UnrulyStart, ToWorker<UnrulyStart>, FromUnruly>({
    name: "speed",
    start: () => {
      const life = lives++;
      const basics = { version: "0.0.0", dataDir: "/nowhere", logFormat: "json" } as const;
      return { start: { ...basics, life, does: does[life] ?? "work" } };
    },
    onMessage: (message) => {
      if (message.type === "beat") beats.push(message.life);
    },
    onFatal: (message, exitCode) => void fatal.push({ message, exitCode }),
    clock,
    log: {
      ...SILENT_LOG,
      error: (_message, fields) => {
        reasons.push(fields?.["reason"]);
        waits.push(fields?.["wait_ms"]);
      },
    },
    spawn: () => {
      const worker = new Worker(new URL("./support/unruly_worker.ts", import.meta.url).href);
      workers.push(worker);
      return worker;
    },
    ...(restartsMax === undefined ? {} : { restartsMax }),
  });
  running.push({ supervised, workers });
  return { supervised, beats, fatal, reasons, waits, lives: () => lives };
}

describe("a worker that fails is started again", () => {
  const ways: [Does, string][] = [
    ["throw", "thrown in a timer"],
    ["reject_later", "nobody caught"],
    ["refuse_to_start", "will not start"],
    ["exit", "the thread ended"],
  ];
  for (const [does, reason] of ways) {
    test(`${does}: with the reason told`, async () => {
      const { beats, reasons, supervised } = begin([does]);
      await until(() => beats, (heard) => heard.includes(1));
      expect(String(reasons[0])).toContain(reason);
      expect(reasons).toHaveLength(1);
      expect(supervised.restarts).toBe(1);
    });
  }

  test("nothing that the failed one still says is taken for the new one's", async () => {
    const { beats } = begin(["reject_later"]);
    await until(() => beats, (heard) => heard.filter((life) => life === 1).length > 3);
    expect(beats.lastIndexOf(0)).toBeLessThan(beats.indexOf(1));
  });

  test("waits double while it fails at once", async () => {
    const { waits, supervised } = begin(["throw", "refuse_to_start", "throw"]);
    await until(() => waits.length, (count) => count === 3);
    expect(waits).toEqual([1, 2, 4].map((n) => n * LIMITS.restartMsMin));
    expect(supervised.restarts).toBe(3);
  });

  test("one that ran for long is started after the shortest wait, and all restarts are counted", async () => {
    let skipMs = 0;
    const clock: Clock = {
      ...hastyClock(10),
      monotonicMs: () => REAL_CLOCK.monotonicMs() + skipMs,
    };
    const { waits, supervised, beats } = begin(["throw", "throw"], { clock });
    const worker = running[0]!.workers;
    await until(() => beats, (heard) => heard.includes(2));
    skipMs = 2 * LIMITS.restartMsMax;
    worker[2]!.terminate();
    await until(() => beats, (heard) => heard.includes(3));
    expect(waits).toEqual([1, 2, 1].map((n) => n * LIMITS.restartMsMin));
    expect(supervised.restarts).toBe(3);
  });

  test("the others go on meanwhile", async () => {
    const other = begin([]);
    const failing = begin(["throw", "throw"]);
    await until(() => failing.lives(), (lives) => lives === 2);
    const heard = other.beats.length;
    await until(() => failing.beats, (beats) => beats.includes(2));
    expect(other.beats.length).toBeGreaterThan(heard);
    expect(other.lives()).toBe(1);
  });
});

describe("what a restart can't mend", () => {
  test("a fatal failure is told with its exit code, and nothing is started again", async () => {
    const { fatal, lives } = begin(["fatal"]);
    await until(() => fatal, (told) => told.length > 0);
    expect(fatal).toEqual([{ message: "the disk is gone", exitCode: 74 }]);
    expect(lives()).toBe(1);
  });

  test("so many failures in a row are mended, one more is fatal", async () => {
    const { fatal, lives } = begin(["throw", "exit", "throw"], { restartsMax: 2 });
    await until(() => fatal, (told) => told.length > 0);
    expect(fatal).toEqual([{
      message: expect.stringContaining("thrown in a timer"),
      exitCode: 1,
    }]);
    expect(lives()).toBe(3);
  });

  test("with restarts off, any failure is fatal", async () => {
    const { fatal, lives } = begin(["throw"], { restartsMax: 0 });
    await until(() => fatal, (told) => told.length > 0);
    expect(fatal).toEqual([{ message: expect.stringContaining("thrown in a timer"), exitCode: 1 }]);
    expect(lives()).toBe(1);
  });
});

describe("stop", () => {
  test("resolves when the worker has stopped", async () => {
    const { supervised, beats } = begin([], { clock: REAL_CLOCK });
    await until(() => beats.length, (count) => count > 0);
    const startedMs = performance.now();
    await supervised.stop();
    expect(performance.now() - startedMs).toBeLessThan(LIMITS.stopMsMax / 2);
  });

  test("resolves after its bound when the worker does not answer", async () => {
    const { supervised, beats } = begin(["ignore_stop"], { clock: hastyClock(50) });
    await until(() => beats.length, (count) => count > 0);
    await supervised.stop();
  });

  test("while it waits to start a worker again, it starts none", async () => {
    const due: (() => void)[] = [];
    const clock: Clock = { ...REAL_CLOCK, after: (_ms, task) => (due.push(task), () => {}) };
    const { supervised, waits, lives } = begin(["throw"], { clock });
    await until(() => waits.length, (count) => count === 1);
    await supervised.stop();
    // The wait is over; then the thread has had its time to end.
    for (let turn = 0; turn < 2; turn++) {
      for (const task of due.splice(0)) task();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(lives()).toBe(1);
  });

  test("a worker that ends while it is stopping is no failure", async () => {
    const { supervised, beats, reasons } = begin(["ignore_stop"], { clock: REAL_CLOCK });
    await until(() => beats.length, (count) => count > 0);
    const stopped = supervised.stop();
    running[0]!.workers[0]!.terminate();
    await stopped;
    expect(reasons).toEqual([]);
  });
});
