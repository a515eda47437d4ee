/** Whatever becomes of the counters on their way: the same rates, never a wrong one. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Pushed, scrape, START_MS, told } from "./pushed.ts";

const INTERVAL_S = 15;
const MODES = ["idle", "user", "system", "iowait"] as const;

/** What a host did: CPU → its counters, by time; null where it was away. */
type Life = readonly (readonly Readonly<Record<string, number>>[] | null)[];

interface Step {
  /** Hundredths of the interval that each mode had, and each CPU's first modes differ by. */
  readonly shares: readonly number[];
  readonly event: "none" | "restart" | "cpu_comes" | "cpu_goes" | "away";
}

const step: fc.Arbitrary<Step> = fc.record({
  shares: fc.array(fc.nat(100), { minLength: 3, maxLength: 3 }),
  event: fc.oneof(
    { weight: 12, arbitrary: fc.constant("none" as const) },
    { weight: 1, arbitrary: fc.constantFrom("restart", "cpu_comes", "cpu_goes", "away") },
  ),
});

function lifeOf(steps: readonly Step[]): Life {
  let cpus = [counters(1_000), counters(2_000)];
  return steps.map(({ shares, event }) => {
    if (event === "restart") cpus = cpus.map(() => counters(0));
    if (event === "cpu_comes") cpus = [...cpus, counters(0)];
    if (event === "cpu_goes" && cpus.length > 1) cpus = cpus.slice(0, -1);
    cpus = cpus.map((before, cpu) => {
      const parts = MODES.map((_, mode) => (shares[(mode + cpu) % 3] ?? 0) + (mode === 0 ? 1 : 0));
      const all = parts.reduce((a, b) => a + b, 0);
      return Object.fromEntries(
        MODES.map((mode, at) => [mode, before[mode]! + INTERVAL_S * parts[at]! / all]),
      );
    });
    return event === "away" ? null : cpus;
  });
}

function counters(from: number): Record<string, number> {
  return Object.fromEntries(MODES.map((mode) => [mode, from]));
}

/** The exact load of all CPUs that were there between two times of a life; null where there is none. */
function loadBetween(life: Life, from: number, to: number): number | null {
  const [before, now] = [life[from], life[to]];
  if (!before || !now || life.slice(from, to).some((one) => one && one.length !== before.length)) {
    return null;
  }
  // A CPU that has just come may be told of after all others.
  if (now.length < before.length) return null;
  for (let at = from + 1; at <= to; at++) {
    for (const [cpu, modes] of (life[at] ?? []).entries()) {
      const older = life.slice(from, at).findLast((one) => one?.[cpu] !== undefined)?.[cpu];
      if (older !== undefined && MODES.some((mode) => modes[mode]! < older[mode]!)) return null;
    }
  }
  let all = 0, unused = 0;
  for (const [cpu, modes] of before.entries()) {
    for (const mode of MODES) {
      const gained = now[cpu]![mode]! - modes[mode]!;
      all += gained;
      if (mode === "idle" || mode === "iowait") unused += gained;
    }
  }
  return all > 0 ? 100 * (1 - unused / all) : null;
}

function expectTrue(life: Life, made: ReturnType<typeof told>): void {
  const times = made.map(({ at_s }) => at_s);
  expect(new Set(times).size).toBe(times.length);
  for (const { at_s, cpu_load } of made) {
    expect(cpu_load).toBeWithin(0, 100.000001);
    const to = at_s / INTERVAL_S;
    const loads = Array.from({ length: to }, (_, from) => loadBetween(life, from, to));
    const isTrue = loads.some((load) => load !== null && Math.abs(load - cpu_load!) < 1e-3);
    if (!isTrue) throw new Error(`${cpu_load} at ${at_s} s is none of ${JSON.stringify(loads)}`);
  }
}

interface Line {
  readonly text: string;
  readonly arrivalMs: number;
}

function linesOf(life: Life): Line[] {
  return life.flatMap((cpus, index) =>
    scrape(index * INTERVAL_S, cpus ?? []).map((text) => ({
      text,
      arrivalMs: START_MS + index * INTERVAL_S * 1_000,
    }))
  );
}

/** In bodies that end at these lines, and wherever the arrival changes. */
function push(lines: readonly Line[], cuts: ReadonlySet<number>, restarts = new Set<number>()) {
  const pushed = new Pushed();
  const made: ReturnType<typeof told> = [];
  let body: string[] = [];
  lines.forEach(({ text, arrivalMs }, index) => {
    if (restarts.has(index)) pushed.restart();
    body.push(text);
    const next = lines[index + 1];
    const ends = cuts.has(index) || restarts.has(index + 1) || next?.arrivalMs !== arrivalMs;
    if (!ends) return;
    made.push(...told(pushed.push(body, arrivalMs)));
    body = [];
  });
  return made;
}

const life = fc.array(step, { minLength: 4, maxLength: 24 }).map(lifeOf);
const places = fc.uniqueArray(fc.nat(200), { maxLength: 40 }).map((list) => new Set(list));

test("property: any split into bodies gives the same rates", () => {
  fc.assert(
    fc.property(life, places, (lived, cuts) => {
      expect(push(linesOf(lived), cuts)).toEqual(push(linesOf(lived), new Set()));
    }),
  );
});

test("property: every rate is the exact share over all CPUs between two times of the host", () => {
  fc.assert(fc.property(life, (lived) => expectTrue(lived, push(linesOf(lived), new Set()))), {
    numRuns: 300,
  });
});

test("property: with samples lost it still is", () => {
  fc.assert(
    fc.property(life, fc.nat(12), (lived, lost) => {
      // Not the same one time after time: of a counter that never came nobody knows.
      expectTrue(lived, push(linesOf(lived).filter((_, index) => index % 13 !== lost), new Set()));
    }),
    { numRuns: 300 },
  );
});

test("property: with restarts anywhere it still is", () => {
  fc.assert(
    fc.property(life, fc.uniqueArray(fc.nat(200), { maxLength: 3 }), (lived, restarts) => {
      expectTrue(lived, push(linesOf(lived), new Set(), new Set(restarts)));
    }),
    { numRuns: 300 },
  );
});

test("property: senders that work side by side, each some seconds late, do no harm", () => {
  const lateness = fc.array(fc.nat(12_000), { minLength: 200, maxLength: 200 });
  fc.assert(
    fc.property(life, lateness, fc.integer({ min: 2, max: 4 }), (lived, late, shards) => {
      // Each sender keeps the order of its own; lines of one are late by the same within a time.
      const lines = linesOf(lived).map(({ text, arrivalMs }, index) => {
        const { labels } = JSON.parse(text) as { labels: { cpu: string; mode: string } };
        const shard = (Number(labels.cpu) * 3 + labels.mode.length) % shards;
        const time = (arrivalMs - START_MS) / 1_000 / INTERVAL_S;
        return { text, index, arrivalMs: arrivalMs + late[(time * shards + shard) % 200]! };
      }).sort((a, b) => a.arrivalMs - b.arrivalMs || a.index - b.index);
      expectTrue(lived, push(lines, new Set()));
    }),
    { numRuns: 300 },
  );
});

test("property: what was held up comes in a few seconds, one sender far ahead: no harm", () => {
  fc.assert(
    fc.property(life, fc.integer({ min: 1, max: 12 }), fc.infiniteStream(fc.nat(3)), (
      lived,
      heldUp,
      turns,
    ) => {
      const lines = linesOf(lived);
      const untilMs = START_MS + heldUp * INTERVAL_S * 1_000;
      const queues: Line[][] = [[], [], [], []];
      for (const line of lines.filter(({ arrivalMs }) => arrivalMs < untilMs)) {
        const { labels } = JSON.parse(line.text) as { labels: { mode: string } };
        queues[MODES.indexOf(labels.mode as typeof MODES[number])]!.push(line);
      }
      const mixed: Line[] = [];
      while (queues.some((queue) => queue.length > 0)) {
        const queue = queues[turns.next().value ?? 0]!;
        const taken = queue.length > 0 ? queue : queues.find((one) => one.length > 0)!;
        mixed.push({ text: taken.shift()!.text, arrivalMs: untilMs + mixed.length * 10 });
      }
      const rest = lines.filter(({ arrivalMs }) => arrivalMs >= untilMs)
        .map((line) => ({ ...line, arrivalMs: line.arrivalMs + 5_000 }));
      expectTrue(lived, push([...mixed, ...rest], new Set()));
    }),
    { numRuns: 300 },
  );
});
