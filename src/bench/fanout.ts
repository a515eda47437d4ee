/**
 * Fan-out: 1,000 clients at 10 Hz, then 5,000 at 1 Hz, a tenth of them stalled, while 10,000
 * readings a second come in; beside the same ingest without any client. A frame is encoded once for
 * all, so its delivery is what counts, and that neither ingest nor memory suffers.
 */
import { Crowd, type CrowdPlan } from "./crowd.ts";
import { type House, startFeed, startHouse, untilCommitted, verifyScratch } from "./house.ts";
import { type BenchOptions, storeServer } from "./options.ts";
import { residentMegabytes } from "./processes.ts";
import { atLeast, atMost, type BenchGoal, type BenchResult, describeMachine } from "./result.ts";
import { makeScratch } from "./scratch.ts";
import { median, percentile, rounded } from "./statistics.ts";

const RATE = 10_000;
const HOSTS = 5_000;
const SECONDS = 60;
const CLIENTS = 5_000;
const STALLED_SHARE = 0.1;
/** Of the largest number of clients, the share that takes frames at 10 Hz, and both goals. */
const PHASES = [
  { share: 0.2, hz: 10, p99Ms: 50 },
  { share: 1, hz: 1, p99Ms: 250 },
] as const;

export interface Served {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly deliveredShare: number;
  readonly lost: number;
  readonly committedRate: number;
  /** Each second's. */
  readonly megabytes: readonly number[];
}

export async function benchFanout(options: BenchOptions): Promise<BenchResult> {
  const seconds = options.seconds ?? SECONDS;
  const rate = options.rate ?? RATE;
  const scratch = await makeScratch(storeServer(options));
  try {
    const feed = await startFeed(scratch, { rate, hosts: options.hosts ?? HOSTS });
    const house = await startHouse(scratch, feed.address);
    const figures: [string, number][] = [["readings a second", rate]];
    const goals: BenchGoal[] = [];
    const peers: Record<string, number> = {};
    try {
      await untilCommitted(house, 2 * rate);
      const alone = await ingestMeanwhile(house, seconds);
      options.log.info("measured alone", { rows_per_second: Math.round(alone.committedRate) });
      peers["ingest alone, rows/s"] = Math.round(alone.committedRate);
      peers["ingest alone, MB"] = Math.round(median(alone.megabytes));
      for (const { share, hz, p99Ms } of PHASES) {
        const clients = Math.round(share * (options.clients ?? CLIENTS));
        const plan = { clients, hz, stalled: Math.round(clients * STALLED_SHARE) };
        const served = await serveCrowd(house, plan, seconds);
        const name = `${clients} clients at ${hz} Hz`;
        options.log.info("served", { ...plan, p99_ms: served.p99Ms });
        figures.push(
          [`${name}, of them stalled`, plan.stalled],
          [`${name}, p50 ms`, served.p50Ms],
          [`${name}, p99 ms`, served.p99Ms],
          [`${name}, frames that came of those due`, served.deliveredShare],
          [`${name}, ingest rows/s`, Math.round(served.committedRate)],
          [`${name}, MB`, Math.round(Math.max(...served.megabytes))],
        );
        goals.push(
          atMost(`${name}, p99`, served.p99Ms, p99Ms, " ms"),
          atMost(`${name}, reading ones that were cut`, served.lost, 0, ""),
          atLeast(`${name}, of ingest alone`, served.committedRate / alone.committedRate, 0.9),
          atMost(`${name}, memory's growth in the second half`, growth(served.megabytes), 1.1),
        );
      }
    } finally {
      await Promise.all([house.stop(), feed.stop()]);
    }
    goals.push(await verifyScratch(scratch));
    return {
      bench: "fanout",
      machine: describeMachine(),
      figures: Object.fromEntries(figures),
      peers,
      goals,
      notes: [
        "delivery: from the making of a frame in the server to its bytes at a client",
        "the fleet's incidents (20–35 s after its start, then every 3–4 minutes a region) send every " +
        "client an event for each alert of a rack",
      ],
    };
  } finally {
    await scratch.remove();
  }
}

/** Largest of the last quarter, of the largest of the second: a level that is held is 1. */
export function growth(samples: readonly number[]): number {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const second = samples.slice(quarter, 2 * quarter), last = samples.slice(-quarter);
  return Math.max(...last) / Math.max(...(second.length === 0 ? last : second));
}

export async function serveCrowd(house: House, plan: CrowdPlan, seconds: number): Promise<Served> {
  const crowd = await Crowd.open(house.url, plan);
  try {
    // Each has had its snapshot by then, and its first frame.
    await Bun.sleep(2_000);
    crowd.count();
    const meanwhile = await ingestMeanwhile(house, seconds);
    if (crowd.delays.length === 0) throw new Error(`No frame came to any of ${plan.clients}`);
    return {
      ...meanwhile,
      p50Ms: rounded(percentile(crowd.delays, 0.5), 1),
      p99Ms: rounded(percentile(crowd.delays, 0.99), 1),
      deliveredShare: crowd.deliveredShare(plan, meanwhile.seconds),
      lost: crowd.lost,
    };
  } finally {
    crowd.close();
  }
}

async function ingestMeanwhile(house: House, seconds: number) {
  const committed = async () => (await house.status()).layers.speed.committed_rows;
  const before = await committed();
  const startedMs = performance.now();
  const megabytes: number[] = [];
  while (performance.now() - startedMs < seconds * 1000) {
    await Bun.sleep(1_000);
    megabytes.push(await residentMegabytes(house.pid));
  }
  const rows = await committed() - before;
  const took = (performance.now() - startedMs) / 1000;
  return { committedRate: rows / took, megabytes, seconds: took };
}
