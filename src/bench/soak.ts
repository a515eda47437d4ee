/**
 * Soak: 50,000 readings a second for an hour, with a dashboard open and probes under way. Memory and
 * latency minute by minute, held against the run's own fifth minute; a shorter run has ten minutes
 * of its own, each a tenth of it. Beside them how long the disk takes to sync: what is shown is
 * durable first.
 */
import { UsageError } from "../cli.ts";
import { DiskProbe } from "./disk_probe.ts";
import { type House, startFeed, startHouse, untilCommitted, verifyScratch } from "./house.ts";
import { type BenchOptions, storeServer } from "./options.ts";
import { Probes } from "./probes.ts";
import { residentMegabytes } from "./processes.ts";
import { atLeast, atMost, type BenchResult, describeMachine } from "./result.ts";
import { makeScratch } from "./scratch.ts";
import { median, percentile, rounded } from "./statistics.ts";

const RATE = 50_000;
const SECONDS = 3_600;
/** A minute then holds some ten alerts. */
const SECONDS_MIN = 10;
const HOSTS = 5_000;
const HZ = 10;
const REFERENCE = 5;
const MEGABYTES = 300;
/** A long run shows every fifth minute. */
const MINUTES_SHOWN = 12;

export interface Minute {
  readonly minute: number;
  readonly megabytes: number;
  readonly frameMs: number;
  readonly alertMs: number;
  readonly lagMs: number;
  /** Of a small write beside it, p99. */
  readonly syncMs: number;
}

export async function benchSoak(options: BenchOptions): Promise<BenchResult> {
  const rate = options.rate ?? RATE;
  const seconds = options.seconds ?? SECONDS;
  if (seconds < SECONDS_MIN) {
    throw new UsageError(`bench soak needs --seconds of ${SECONDS_MIN} at least, got ${seconds}`);
  }
  const scratch = await makeScratch(storeServer(options));
  try {
    const feed = await startFeed(scratch, { rate, hosts: options.hosts ?? HOSTS });
    const house = await startHouse(scratch, feed.address);
    const measured = await (async () => {
      try {
        await untilCommitted(house, rate);
        await house.openDashboard();
        const minutes = await soak(house, scratch.directory, seconds, options);
        const { layers: { speed } } = await house.status();
        return { minutes, speed };
      } finally {
        await Promise.all([house.stop(), feed.stop()]);
      }
    })();
    const { minutes, speed } = measured;
    const drift = driftOf(minutes);
    const shown = minutes.filter(({ minute }) =>
      minutes.length <= MINUTES_SHOWN || minute % 5 === 0
    );
    return {
      bench: "soak",
      machine: describeMachine(),
      figures: {
        "readings a second": rate,
        "seconds": seconds,
        "received, lines": speed.received_lines,
        "committed, of those received": rounded(speed.committed_rows / speed.received_lines),
        ...Object.fromEntries(shown.flatMap(({ minute, ...each }): [string, number][] => [
          [`minute ${minute}, MB`, each.megabytes],
          [`minute ${minute}, frame p99 ms`, each.frameMs],
          [`minute ${minute}, alert p99 ms`, each.alertMs],
          [`minute ${minute}, store behind ms`, each.lagMs],
          [`minute ${minute}, disk's sync p99 ms`, each.syncMs],
        ])),
      },
      peers: {},
      goals: [
        atMost("memory, of minute 5", drift.megabytes, 1.2),
        atMost(
          "memory at most",
          Math.max(...minutes.map(({ megabytes }) => megabytes)),
          MEGABYTES,
          " MB",
        ),
        atMost("frame p99 in the last third, of minute 5", drift.frameMs, 1.2),
        atMost("alert p99 in the last third, of minute 5", drift.alertMs, 1.2),
        atLeast("committed of received", speed.committed_rows / speed.received_lines, 0.99),
        await verifyScratch(scratch),
      ],
      notes: seconds < 600 ? [`a minute is ${seconds / 10} s here`] : [],
    };
  } finally {
    await scratch.remove();
  }
}

/** Ratios to the fifth minute: of memory the most that came after, of latency the last third. */
export function driftOf(minutes: readonly Minute[]) {
  const reference = minutes[REFERENCE - 1]!;
  const after = minutes.slice(REFERENCE), lastThird = minutes.slice(-Math.ceil(minutes.length / 3));
  const late = (of: (minute: Minute) => number) => median(lastThird.map(of)) / of(reference);
  return {
    megabytes: Math.max(...after.map(({ megabytes }) => megabytes)) / reference.megabytes,
    frameMs: late(({ frameMs }) => frameMs),
    alertMs: late(({ alertMs }) => alertMs),
  };
}

async function soak(
  house: House,
  directory: string,
  seconds: number,
  options: BenchOptions,
): Promise<Minute[]> {
  const count = Math.max(10, Math.round(seconds / 60));
  const probes = await Probes.start(house.url, await house.agents(), [HZ]);
  const disk = await DiskProbe.start(directory);
  const minutes: Minute[] = [];
  const startedMs = performance.now();
  for (let minute = 1; minute <= count; minute++) {
    await Bun.sleep(startedMs + minute * seconds / count * 1000 - performance.now());
    const { frames, alerts } = probes.take();
    const one: Minute = {
      minute,
      megabytes: Math.round(await residentMegabytes(house.pid)),
      frameMs: rounded(percentile(frames.get(HZ)!, 0.99), 1),
      alertMs: rounded(percentile(alerts, 0.99), 1),
      lagMs: (await house.status()).layers.speed.lag_ms,
      syncMs: rounded(percentile(disk.take(), 0.99), 1),
    };
    minutes.push(one);
    options.log.info("a minute of the soak", { ...one });
  }
  await Promise.all([probes.stop(), disk.stop()]);
  return minutes;
}
