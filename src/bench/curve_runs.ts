/**
 * What the points of the curves measure. Every point is measured as a benchmark of its own would, on
 * its own store; only `byRows` fills one store further and further.
 */
import { backfill } from "./backfill.ts";
import type { Curve, Panel } from "./chart_svg.ts";
import { serveCrowd } from "./fanout.ts";
import {
  type House,
  makeStore,
  startFeed,
  startHouse,
  untilCommitted,
  verifyScratch,
} from "./house.ts";
import { type BenchOptions, storeServer } from "./options.ts";
import { residentMegabytes } from "./processes.ts";
import { askAll } from "./query.ts";
import { makeScratch } from "./scratch.ts";
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

export const INGEST = "ingest";

const UNITS: Readonly<Record<string, string>> = {
  [INGEST]: "rows/s",
  "slowest path, p99": "ms",
  "memory": "MB",
  "delivery, p99": "ms",
};

/** What one point measures, by panel. */
type Measures = Readonly<Record<string, number>>;

export interface Measured {
  readonly curve: Curve;
  /** Runs that verify found different. */
  readonly differing: number;
}

export async function byRows(options: BenchOptions): Promise<Measured> {
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
      measures.set(next, { [INGEST]: span.rows / seconds, ...await cost(house, options) });
      rows = next;
    }
  });
  return { curve: curveOf("rows", "Cost by rows stored", "rows", measures), differing };
}

export function byHosts(options: BenchOptions): Promise<Measured> {
  const most = options.hosts ?? HOSTS;
  const counts = [0.001, 0.01, 0.1, 1].map((share) => Math.max(3, Math.round(share * most)));
  return byFleet("hosts", "Cost by hosts", counts, (hosts) => ({ hosts }), options);
}

export function byRegions(options: BenchOptions): Promise<Measured> {
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
      measures.set(count, { [INGEST]: rows / seconds, ...await cost(house, options) });
    });
  }
  return { curve: curveOf(name, title, name, measures), differing };
}

export async function byClients(options: BenchOptions): Promise<Measured> {
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
          [INGEST]: served.committedRate,
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
  const scratch = await makeScratch(storeServer(options));
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
