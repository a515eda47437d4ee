/**
 * How cost grows: rows, hosts, regions and clients, each from few to many. Every point is measured
 * as a benchmark of its own would, on its own store, only `rows` fills one store further and
 * further. Draws each curve into `--out`.
 */
import { backfill } from "./backfill.ts";
import type { Curve, Panel } from "./chart_svg.ts";
import { writeCurve } from "./curve_files.ts";
import { serveCrowd } from "./fanout.ts";
import {
  type House,
  makeStore,
  startFeed,
  startHouse,
  untilCommitted,
  verifyScratch,
} from "./house.ts";
import { type Bench, type BenchOptions, storeServer } from "./options.ts";
import { residentMegabytes } from "./processes.ts";
import { askAll } from "./query.ts";
import {
  atLeast,
  type BenchGoal,
  type BenchResult,
  describeMachine,
  verifyGoal,
} from "./result.ts";
import { makeScratch, type Scratch } from "./scratch.ts";
import { percentile, rounded } from "./statistics.ts";

const ROWS = 50_000_000;
/** Of the most rows: 1 M to 50 M. Points of other curves have the first of these. */
const ROW_SHARES = [0.02, 0.04, 0.1, 0.2, 0.4, 1];
const HOSTS = 100_000;
const CLIENTS = 5_000;
const REGIONS = [3, 10, 30];
const USUAL_HOSTS = 1_000;
const SECONDS = 20;
const RATE = 10_000;
const SPAN_MS = 30 * 86_400_000;

/** What one point measures, by panel. */
type Measures = Readonly<Record<string, number>>;
interface Measured {
  readonly curve: Curve;
  /** Runs that verify found different. */
  readonly differing: number;
}

const UNITS: Readonly<Record<string, string>> = {
  "ingest": "rows/s",
  "slowest path, p99": "ms",
  "memory": "MB",
  "delivery, p99": "ms",
};

const CURVES = { rows: byRows, hosts: byHosts, regions: byRegions, clients: byClients } as const;

export const CURVE_BENCHES: Readonly<Record<string, Bench<BenchResult>>> = {
  "curves": (options) => draw(Object.keys(CURVES) as (keyof typeof CURVES)[], options),
  ...Object.fromEntries(
    Object.keys(CURVES).map((name) => [
      `curve-${name}`,
      (options: BenchOptions) => draw([name as keyof typeof CURVES], options),
    ]),
  ),
};

async function draw(
  names: readonly (keyof typeof CURVES)[],
  options: BenchOptions,
): Promise<BenchResult> {
  const measured: Measured[] = [];
  for (const name of names) {
    const one = await CURVES[name](options);
    const day = new Date().toISOString().slice(0, 10);
    await writeCurve(options.out, { ...one.curve, machine: describeMachine(), day });
    measured.push(one);
  }
  const curves = measured.map(({ curve }) => curve);
  return {
    bench: names.length === 1 ? `curve-${names[0]}` : "curves",
    machine: describeMachine(),
    figures: Object.fromEntries(
      curves.flatMap(({ axis, panels }) =>
        panels.flatMap(({ label, unit, points }) =>
          points.map(([x, y]) => [`${axis} ${x.toLocaleString("en-US")}: ${label}, ${unit}`, y])
        )
      ),
    ),
    peers: {},
    goals: [
      ...curves.flatMap(ingestKept),
      verifyGoal(measured.reduce((sum, { differing }) => sum + differing, 0)),
    ],
    notes: [`drawn into ${options.out}`],
  };
}

/** Flat cost: with the most of it, at least two thirds of the rate with the least. */
function ingestKept({ name, panels }: Curve): BenchGoal[] {
  const points = panels.find(({ label }) => label === "ingest")?.points;
  if (points === undefined) return [];
  return [
    atLeast(`ingest at the end of ${name}, of its start`, points.at(-1)![1] / points[0]![1], 2 / 3),
  ];
}

async function byRows(options: BenchOptions): Promise<Measured> {
  const most = options.rows ?? ROWS;
  const hosts = options.hosts ?? USUAL_HOSTS;
  const measures = new Map<number, Measures>();
  const differing = await withHouse(options, async (house) => {
    const nowMs = Date.now();
    const atMs = (row: number) => nowMs - SPAN_MS * (1 - row / most);
    let rows = 0;
    for (const share of ROW_SHARES) {
      const next = Math.round(share * most);
      const span = { rows: next - rows, hosts, startMs: atMs(rows), endMs: atMs(next) };
      const seconds = await backfill(house, span, rows);
      measures.set(next, { "ingest": span.rows / seconds, ...await cost(house, options) });
      rows = next;
    }
  });
  return { curve: curveOf("rows", "Cost by rows stored", "rows", measures), differing };
}

function byHosts(options: BenchOptions): Promise<Measured> {
  const most = options.hosts ?? HOSTS;
  const counts = [0.001, 0.01, 0.1, 1].map((share) => Math.max(3, Math.round(share * most)));
  return byFleet("hosts", "Cost by hosts", counts, (hosts) => ({ hosts }), options);
}

function byRegions(options: BenchOptions): Promise<Measured> {
  const hosts = options.hosts ?? USUAL_HOSTS;
  return byFleet("regions", "Cost by regions", REGIONS, (regions) => ({ hosts, regions }), options);
}

/** The same number of rows at each point, into a store of its own. */
async function byFleet(
  name: string,
  title: string,
  counts: readonly number[],
  fleet: (count: number) => { readonly hosts: number; readonly regions?: number },
  options: BenchOptions,
): Promise<Measured> {
  const rows = Math.round(ROW_SHARES[0]! * (options.rows ?? ROWS));
  const measures = new Map<number, Measures>();
  let differing = 0;
  for (const count of new Set(counts)) {
    differing += await withHouse(options, async (house) => {
      const endMs = Date.now();
      const span = { rows, ...fleet(count), startMs: endMs - 3_600_000, endMs };
      const seconds = await backfill(house, span);
      measures.set(count, { "ingest": rows / seconds, ...await cost(house, options) });
    });
  }
  return { curve: curveOf(name, title, name, measures), differing };
}

async function byClients(options: BenchOptions): Promise<Measured> {
  const most = options.clients ?? CLIENTS;
  const measures = new Map<number, Measures>();
  const scratch = await makeScratch(storeServer(options));
  try {
    const feed = await startFeed(scratch, { rate: RATE, hosts: options.hosts ?? USUAL_HOSTS });
    const house = await startHouse(scratch, feed.address);
    try {
      await untilCommitted(house, RATE);
      for (const clients of [0.002, 0.02, 0.2, 1].map((share) => Math.ceil(share * most))) {
        const plan = { clients, hz: 1, stalled: 0 };
        const served = await serveCrowd(house, plan, options.seconds ?? SECONDS);
        measures.set(clients, {
          "delivery, p99": served.p99Ms,
          "ingest": served.committedRate,
          "memory": Math.max(...served.megabytes),
        });
      }
    } finally {
      await Promise.all([house.stop(), feed.stop()]);
    }
    const { value: differing } = await verifyScratch(scratch);
    return { curve: curveOf("clients", "Cost by clients at 1 Hz", "clients", measures), differing };
  } finally {
    await scratch.remove();
  }
}

/** Of the questions of `bench query`, and of memory. */
async function cost(house: House, options: BenchOptions): Promise<Measures> {
  const samples = await askAll(house, (options.seconds ?? SECONDS) * 1000);
  return {
    "slowest path, p99": Math.max(...[...samples.values()].map((each) => percentile(each, 0.99))),
    "memory": await residentMegabytes(house.pid),
  };
}

/** @returns Runs that verify finds different afterwards. */
async function withHouse(
  options: BenchOptions,
  work: (house: House) => Promise<void>,
): Promise<number> {
  const scratch: Scratch = await makeScratch(storeServer(options));
  try {
    await makeStore(scratch);
    const house = await startHouse(scratch, null);
    await work(house).finally(() => house.stop());
    return (await verifyScratch(scratch)).value;
  } finally {
    await scratch.remove();
  }
}

function curveOf(
  name: string,
  title: string,
  axis: string,
  measures: ReadonlyMap<number, Measures>,
): Curve {
  const [first] = measures.values();
  const panels = Object.keys(first!).map((label): Panel => ({
    label,
    unit: UNITS[label]!,
    points: [...measures].map(([x, measured]) => [x, rounded(measured[label]!, 1)]),
  }));
  return { name, title, axis, panels };
}
