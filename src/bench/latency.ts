/**
 * Latency: from the byte on the socket to the `frame` or `alert` event at a client, while 10,000
 * readings a second come in: archived, normalised, folded, judged, encoded and sent in between.
 */
import { startFeed, startHouse, untilCommitted, verifyScratch } from "./house.ts";
import { type BenchOptions, storeServer } from "./options.ts";
import { Probes } from "./probes.ts";
import { atMost, type BenchResult, describeMachine } from "./result.ts";
import { makeScratch } from "./scratch.ts";
import { percentile, rounded } from "./statistics.ts";

const RATE = 10_000;
const SECONDS = 60;
const HOSTS = 5_000;
/** 10 Hz is the fastest a client can have, 1 Hz the default. */
const HERTZ = [10, 1] as const;
const FRAME_MS_OVER_INTERVAL = 100;
const ALERT_MS = 250;

export async function benchLatency(options: BenchOptions): Promise<BenchResult> {
  const rate = options.rate ?? RATE;
  const scratch = await makeScratch(storeServer(options));
  try {
    const feed = await startFeed(scratch, { rate, hosts: options.hosts ?? HOSTS });
    const house = await startHouse(scratch, feed.address);
    const measured = await (async () => {
      try {
        // Two seconds' worth: code is compiled, hosts are known, the store is there.
        await untilCommitted(house, 2 * rate);
        const probes = await Probes.start(house.url, await house.agents(), HERTZ);
        await Bun.sleep((options.seconds ?? SECONDS) * 1000);
        await probes.stop();
        const { layers: { speed } } = await house.status();
        const { sentLines, alertsLost } = probes;
        return {
          ...probes.take(),
          sentLines,
          alertsLost,
          lagMs: speed.lag_ms,
          lines: speed.received_lines,
        };
      } finally {
        await Promise.all([house.stop(), feed.stop()]);
      }
    })();
    const { frames, alerts, alertsLost, sentLines, lagMs, lines } = measured;
    const at = (samples: readonly number[], share: number) =>
      rounded(percentile(samples, share), 1);
    return {
      bench: "latency",
      machine: describeMachine(),
      figures: {
        "readings a second": rate,
        "readings in all": lines,
        "probes": sentLines,
        ...Object.fromEntries([...frames].flatMap(([hz, samples]): [string, number][] => [
          [`frames at ${hz} Hz, p50 ms`, at(samples, 0.5)],
          [`frames at ${hz} Hz, p99 ms`, at(samples, 0.99)],
        ])),
        "alerts": alerts.length,
        "alert, p50 ms": at(alerts, 0.5),
        "alert, p99 ms": at(alerts, 0.99),
        "store behind the archive at the end, ms": lagMs,
      },
      peers: {},
      goals: [
        ...[...frames].map(([hz, samples]) =>
          atMost(
            `frame at ${hz} Hz, p99`,
            percentile(samples, 0.99),
            1000 / hz + FRAME_MS_OVER_INTERVAL,
            " ms",
          )
        ),
        atMost(
          "probes that a frame never held",
          Math.max(...[...frames.values()].map((samples) => sentLines - samples.length)),
          0,
          "",
        ),
        atMost("alerts that never came", alertsLost, 0, ""),
        atMost("alert, p99", percentile(alerts, 0.99), ALERT_MS, " ms"),
        await verifyScratch(scratch),
      ],
      notes: [],
    };
  } finally {
    await scratch.remove();
  }
}
