/** Entry point of the generator's thread: history files where there are none, then the live feed. */
import { type FeedServer, serveFeed } from "../generator/feed_server.ts";
import { defaultEndMs } from "../generator/history.ts";
import type { GeneratorStatus } from "../model/status.ts";
import { formatAddress } from "../runtime/address.ts";
import { REAL_CLOCK } from "../runtime/clock.ts";
import type { FromGenerator, GeneratorStart, ToGenerator } from "./messages.ts";
import { writeMissingHistory } from "./missing_history.ts";
import { hostWorker, type WorkerTools } from "./worker_host.ts";

const STATUS_INTERVAL_MS = 250;

let feed: FeedServer | null = null;
let state: GeneratorStatus["state"] = "off";
let rate = 0;
let timer: Timer | null = null;

hostWorker<GeneratorStart, ToGenerator, FromGenerator>({
  area: "generator",
  start: async (start, tools) => {
    rate = start.rate;
    timer = setInterval(() => report(start, tools), STATUS_INTERVAL_MS);
    await openFeed(start, tools);
    await writeDemoHistory(start, tools);
    state = feed === null ? "off" : "serving";
    report(start, tools);
  },
  stop: async () => {
    if (timer !== null) clearInterval(timer);
    await feed?.stop();
  },
}, (message) => {
  if (message.type !== "set_rate") return;
  rate = message.rate;
  feed?.setRate(message.rate);
});

/** Another program on the feed's address is no fault: it is the feed then. */
async function openFeed(start: GeneratorStart, tools: WorkerTools<FromGenerator>): Promise<void> {
  const { hostname, port } = start.feed;
  try {
    feed = await serveFeed({
      hostname,
      port,
      rate,
      seed: start.seed,
      hosts: start.hosts,
      clock: REAL_CLOCK,
      log: tools.log,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    tools.log.warn("another program serves the feed's address; it is used as the feed", {
      address: formatAddress(start.feed),
    });
    tools.post({ type: "feed", address: start.feed, foreign: true });
    return;
  }
  const address = { hostname, port: feed.port };
  tools.log.info("listening: serving the simulated feed", { address: formatAddress(address) });
  tools.post({ type: "feed", address, foreign: false });
}

async function writeDemoHistory(
  start: GeneratorStart,
  { log, post }: WorkerTools<FromGenerator>,
): Promise<void> {
  if (start.historyRows === 0) return post({ type: "history_written", files: 0 });
  state = "writing_history";
  const written = await writeMissingHistory({
    dataDir: start.dataDir,
    rows: start.historyRows,
    hosts: start.hosts,
    seed: start.seed,
    endMs: defaultEndMs(REAL_CLOCK.nowMs()),
  });
  if (written.length > 0) {
    const { dataDir, historyRows } = start;
    log.info("wrote history files", {
      files: written.length,
      directory: dataDir,
      rows_each: historyRows,
    });
  }
  post({ type: "history_written", files: written.length });
}

function report(start: GeneratorStart, tools: WorkerTools<FromGenerator>): void {
  const stats = feed?.stats() ?? null;
  tools.post({
    type: "status",
    status: {
      state,
      address: feed === null
        ? null
        : `tcp://${formatAddress({ hostname: start.feed.hostname, port: feed.port })}`,
      clients: stats?.clients ?? 0,
      sent_lines: stats?.sentLines ?? 0,
      skipped_lines: stats?.skippedLines ?? 0,
      rate,
    },
  });
}
