import { expect, test } from "bun:test";
import { ApiError } from "../../src/browser/ask.ts";
import { askPatiently } from "../../src/browser/patient.ts";

const BUSY = new ApiError(503, "Too many.", { code: "too_many_questions", retryMs: 2_000 });

/** Answers in turn, and timers that run when the test says so. */
function harness(answers: readonly (string | Error)[]) {
  const asked: number[] = [], timers: { delayMs: number; task: () => void }[] = [];
  const gone = new AbortController();
  const answer = askPatiently(() => {
    const next = answers[asked.length]!;
    asked.push(asked.length);
    return typeof next === "string" ? Promise.resolve(next) : Promise.reject(next);
  }, { gone: gone.signal, after: (delayMs, task) => void timers.push({ delayMs, task }) });
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { answer, asked, timers, gone, settle };
}

test("patient: a busy server is asked again when it said, until it answers", async () => {
  const { answer, timers, settle } = harness([BUSY, BUSY, "at last"]);
  await settle();
  expect(timers.map(({ delayMs }) => delayMs)).toEqual([2_000]);
  timers[0]!.task();
  await settle();
  timers[1]!.task();
  expect(await answer).toBe("at last");
});

test("patient: any other refusal is told at once", async () => {
  const { answer, timers } = harness([new ApiError(404, "There is none.")]);
  expect(await answer.catch((error) => error.message)).toBe("There is none.");
  expect(timers).toEqual([]);
});

test("patient: nothing is asked any more when nobody wants to know", async () => {
  const { asked, timers, gone, settle } = harness([BUSY, "too late"]);
  await settle();
  gone.abort();
  timers[0]!.task();
  await settle();
  expect(asked.length).toBe(1);
});
