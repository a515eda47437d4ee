/**
 * Queries: every path that the page asks, on a store of N readings over 30 days, while 10,000
 * readings a second come in. The peer is rackwatch itself on few readings, in the same run: what a
 * question costs must not grow with what is stored.
 */
import { backfill } from "./backfill.ts";
import {
  type House,
  makeStore,
  startFeed,
  startHouse,
  untilCommitted,
  verifyScratch,
} from "./house.ts";
import { type BenchOptions, storeServer } from "./options.ts";
import { QUERY_CASES, type QueryWorld } from "./query_cases.ts";
import {
  atLeast,
  atMost,
  type BenchGoal,
  type BenchResult,
  describeMachine,
  verifyGoal,
} from "./result.ts";
import { makeScratch } from "./scratch.ts";
import { percentile, rounded } from "./statistics.ts";

const ROWS = 50_000_000;
const ROWS_FEW = 1_000_000;
const HOSTS = 1_000;
const RATE = 10_000;
const SECONDS = 60;
const SPAN_MS = 30 * 86_400_000;
/** Answers that are not counted: the first of each path warms what later ones find warm. */
const WARM_ROUNDS = 2;

interface Asked {
  /** Milliseconds of each answer, by case. */
  readonly samples: ReadonlyMap<string, readonly number[]>;
  readonly liveRate: number;
  readonly fillRate: number;
  readonly goal: BenchGoal;
}

export async function benchQuery(options: BenchOptions): Promise<BenchResult> {
  const rows = options.rows ?? ROWS;
  const fewRows = Math.min(ROWS_FEW, Math.ceil(rows / 10));
  const few = await measure(fewRows, options);
  const many = await measure(rows, options);
  const p99 = (asked: Asked, name: string) => percentile(asked.samples.get(name)!, 0.99);
  const names = QUERY_CASES.map(({ name }) => name);
  const growth = (name: string) => p99(many, name) / p99(few, name);
  const slowest = names.reduce((a, b) => p99(many, a) >= p99(many, b) ? a : b);
  const mostGrown = names.reduce((a, b) => growth(a) >= growth(b) ? a : b);
  const table = (asked: Asked, share: number, label: string) =>
    names.map((name): [string, number] => [
      `${label} ms, ${name}`,
      rounded(percentile(asked.samples.get(name)!, share), 2),
    ]);
  return {
    bench: "query",
    machine: describeMachine(),
    figures: {
      "readings": rows,
      "filled, rows/s": Math.round(many.fillRate),
      "live meanwhile, rows/s": Math.round(many.liveRate),
      "questions": [...many.samples.values()].reduce((sum, one) => sum + one.length, 0),
      ...Object.fromEntries(table(many, 0.5, "p50")),
      ...Object.fromEntries(table(many, 0.99, "p99")),
    },
    peers: {
      "readings": fewRows,
      ...Object.fromEntries(table(few, 0.99, "p99")),
    },
    goals: [
      atMost("slowest path, p99", p99(many, slowest), 50, " ms"),
      atMost(
        "slowest path against itself on few readings, p99",
        growth(mostGrown),
        1.5,
      ),
      atLeast("live meanwhile, of what was sent", many.liveRate / RATE, 0.9),
      verifyGoal(few.goal.value + many.goal.value),
    ],
    notes: [
      `slowest: ${slowest}; most grown: ${mostGrown}`,
      `a path's p99 is over ${many.samples.get("alerts")!.length} answers, one at a time`,
    ],
  };
}

async function measure(rows: number, options: BenchOptions): Promise<Asked> {
  const { log } = options;
  const hosts = options.hosts ?? HOSTS;
  const scratch = await makeScratch(storeServer(options));
  try {
    await makeStore(scratch);
    const feed = await startFeed(scratch, { rate: RATE, hosts });
    let house = await startHouse(scratch, null);
    try {
      const endMs = Date.now();
      const span = { rows, hosts, startMs: endMs - SPAN_MS, endMs };
      const fillRate = rows / await backfill(house, span);
      log.info("filled", { rows, rows_per_second: Math.round(fillRate) });
      await house.stop();
      // Only now the feed is dialled.
      house = await startHouse(scratch, feed.address);
      const asked = await askWhileLive(house, (options.seconds ?? SECONDS) * 1000);
      await house.stop();
      return { ...asked, fillRate, goal: await verifyScratch(scratch) };
    } finally {
      await Promise.all([house.stop(), feed.stop()]);
    }
  } finally {
    await scratch.remove();
  }
}

async function askWhileLive(house: House, forMs: number) {
  await untilCommitted(house, 2 * RATE);
  const before = (await house.status()).layers.speed.committed_rows;
  const startedMs = performance.now();
  const samples = await askAll(house, forMs);
  const after = (await house.status()).layers.speed.committed_rows;
  return { samples, liveRate: (after - before) / (performance.now() - startedMs) * 1000 };
}

/** Rounds of all cases, one question at a time; at least three, whatever the time. */
export async function askAll(house: House, forMs: number): Promise<Map<string, number[]>> {
  const { regions, hosts } = await lookAround(house);
  const pick = <T>(from: readonly T[]) => from[Math.floor(Math.random() * from.length)]!;
  const samples = new Map<string, number[]>(QUERY_CASES.map(({ name }) => [name, []]));
  let startedMs = performance.now();
  for (let round = 0; round < WARM_ROUNDS + 3 || performance.now() - startedMs < forMs; round++) {
    if (round === WARM_ROUNDS) startedMs = performance.now();
    for (const { name, path } of QUERY_CASES) {
      const question = path({ nowMs: Date.now(), regions, hosts, pick });
      const askedMs = performance.now();
      const answer = await fetch(house.url + question);
      const text = await answer.text();
      const ms = performance.now() - askedMs;
      if (!answer.ok) throw new Error(`${question} was answered ${answer.status}: ${text}`);
      if (round >= WARM_ROUNDS) samples.get(name)!.push(ms);
    }
  }
  return samples;
}

/** The regions, and up to a page of hosts of each. */
async function lookAround({ url }: House): Promise<Pick<QueryWorld, "regions" | "hosts">> {
  const found = await (await fetch(`${url}/api/regions`)).json() as { readonly region: string }[];
  const regions = found.map(({ region }) => region);
  const pages = await Promise.all(regions.map(async (region) => {
    const page = await fetch(`${url}/api/hosts?limit=1000&region=${encodeURIComponent(region)}`);
    return (await page.json() as { readonly hosts: QueryWorld["hosts"] }).hosts;
  }));
  return { regions, hosts: pages.flat() };
}
