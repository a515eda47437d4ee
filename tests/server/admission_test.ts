/** The gate: how many get through at once, who waits, who is turned away, and what is counted. */
import { expect, test } from "bun:test";
import type { Clock } from "../../src/runtime/clock.ts";
import { AdmissionGate } from "../../src/server/admission.ts";
import { HttpError } from "../../src/server/http_error.ts";

class ManualClock implements Clock {
  readonly #tasks = new Set<() => void>();
  nowMs = () => 0;
  monotonicMs = () => 0;
  after(_delayMs: number, task: () => void): () => void {
    this.#tasks.add(task);
    return () => this.#tasks.delete(task);
  }
  get timers(): number {
    return this.#tasks.size;
  }
  passAll(): void {
    for (const task of [...this.#tasks]) task();
  }
}

const BOUNDS = { underWayMax: 2, waitingMax: 3, waitMsMax: 1_000 };

/** Asks questions that are answered when the test says so. */
function harness() {
  const clock = new ManualClock();
  const gate = new AdmissionGate(clock, BOUNDS);
  const started: string[] = [];
  const works = new Map<string, PromiseWithResolvers<string>>();
  const ask = (key: string, gone: AbortSignal = new AbortController().signal) => {
    const asked = gate.ask({
      key,
      gone,
      work: () => {
        started.push(key);
        const work = Promise.withResolvers<string>();
        works.set(key, work);
        return work.promise;
      },
    });
    asked.catch(() => {});
    return asked;
  };
  const answer = async (key: string) => {
    works.get(key)!.resolve(`answer of ${key}`);
    await settled();
  };
  const fail = async (key: string, error: Error) => {
    works.get(key)!.reject(error);
    await settled();
  };
  return { gate, clock, started, ask, answer, fail };
}

/** All that follows of what was done has happened. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function refusal(error: unknown) {
  if (!(error instanceof HttpError)) throw error;
  return { status: error.status, code: error.code, headers: error.headers };
}

const TURNED_AWAY = {
  status: 503 as const,
  code: "too_many_questions",
  headers: { "Retry-After": "2" },
};

test("gate: no more are under way than may be, the others in the order in which they came", async () => {
  const { gate, started, ask, answer } = harness();
  const asked = ["a", "b", "c", "d"].map((key) => ask(key));
  expect(started).toEqual(["a", "b"]);
  expect(gate.state).toMatchObject({ underWay: 2, waiting: 2 });
  await answer("b");
  expect(started).toEqual(["a", "b", "c"]);
  await answer("a");
  await answer("c");
  await answer("d");
  expect(await Promise.all(asked)).toEqual(["a", "b", "c", "d"].map((key) => `answer of ${key}`));
  expect(gate.state).toMatchObject({ underWay: 0, waiting: 0, counters: { answered: 4 } });
});

test("gate: where no more may wait, a question is refused at once and told when to come", async () => {
  const { gate, ask, answer } = harness();
  ["a", "b", "c", "d", "e"].forEach((key) => ask(key));
  expect(refusal(await ask("f").catch((error) => error))).toEqual(TURNED_AWAY);
  expect(gate.state.counters.refused).toBe(1);
  await answer("a");
  ask("g");
  expect(gate.state).toMatchObject({ waiting: 3, counters: { refused: 1 } });
});

test("gate: equal questions share one answer, under way and waiting", async () => {
  const { gate, started, ask, answer } = harness();
  const asked = [ask("a"), ask("a"), ask("b"), ask("c"), ask("c")];
  expect(gate.state).toMatchObject({ underWay: 2, waiting: 1, counters: { shared: 2 } });
  await answer("a");
  await answer("b");
  await answer("c");
  expect((await Promise.all(asked)).map((text) => text.at(-1))).toEqual([..."aabcc"]);
  expect(started).toEqual(["a", "b", "c"]);
  ask("a");
  expect(started).toEqual(["a", "b", "c", "a"]);
});

test("gate: one whose askers are all gone leaves the queue, and never starts", async () => {
  const { gate, clock, started, ask, answer } = harness();
  const first = new AbortController(), second = new AbortController();
  ask("a");
  ask("b");
  const asked = [ask("c", first.signal), ask("c", second.signal)];
  first.abort();
  await settled();
  expect(gate.state.waiting).toBe(1);
  second.abort();
  await settled();
  expect(gate.state).toMatchObject({ waiting: 0, counters: { gone: 2 } });
  expect(clock.timers).toBe(0);
  for (const one of asked) expect(one).rejects.toThrow("gone");
  await answer("a");
  expect(started).toEqual(["a", "b"]);
});

test("gate: what is under way goes on without its asker, and counts until it is done", async () => {
  const { gate, ask, answer } = harness();
  const asker = new AbortController();
  const asked = ask("a", asker.signal);
  asker.abort();
  expect(asked).rejects.toThrow("gone");
  await settled();
  expect(gate.state.underWay).toBe(1);
  await answer("a");
  expect(gate.state.underWay).toBe(0);
});

test("gate: one that was gone before it asked is not admitted", async () => {
  const { gate, started, ask } = harness();
  expect(ask("a", AbortSignal.abort())).rejects.toThrow("gone");
  await settled();
  expect({ started, ...gate.state.counters }).toMatchObject({ started: [], gone: 1 });
});

test("gate: a question whose turn doesn't come in time is turned away", async () => {
  const { gate, clock, started, ask, answer } = harness();
  ["a", "b"].forEach((key) => ask(key));
  const late = ask("c");
  clock.passAll();
  expect(refusal(await late.catch((error) => error))).toEqual(TURNED_AWAY);
  expect(gate.state).toMatchObject({ underWay: 2, waiting: 0, counters: { late: 1 } });
  await answer("a");
  expect(started).toEqual(["a", "b"]);
});

test("gate: a failure is its askers' alone, and makes room for the next", async () => {
  const { gate, started, ask, fail } = harness();
  const [failing] = ["a", "b", "c"].map((key) => ask(key));
  await fail("a", new Error("the store is away"));
  expect(failing).rejects.toThrow("the store is away");
  expect(started).toEqual(["a", "b", "c"]);
  expect(gate.state.counters).toMatchObject({ failed: 1, answered: 0 });
});
