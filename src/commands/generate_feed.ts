/** `generate feed`: the simulated fleet on the feed's address, without anything else. */
import { numberFlag } from "../config.ts";
import { UsageError } from "../cli.ts";
import { serveFeed } from "../generator/feed_server.ts";
import { formatAddress } from "../runtime/address.ts";
import { REAL_CLOCK } from "../runtime/clock.ts";
import type { CommandRunner } from "./command.ts";
import { onStopSignals } from "./signals.ts";
import { FLEET_LIMITS } from "./fleet_flags.ts";

export const generateFeed: CommandRunner = async ({ call, config, log }) => {
  if (config.feed === null) throw new UsageError("generate feed needs an address, got --feed none");
  const rows = numberFlag(call.flags, "rows", { fallback: 0, min: 1, max: 1e12 });
  const feed = await serveFeed({
    hostname: config.feed.hostname,
    port: config.feed.port,
    rate: numberFlag(call.flags, "rate", FLEET_LIMITS.rate),
    ...(call.flags["rows"] === undefined ? {} : { rows }),
    seed: numberFlag(call.flags, "seed", FLEET_LIMITS.seed),
    hosts: numberFlag(call.flags, "hosts", FLEET_LIMITS.hosts),
    clock: REAL_CLOCK,
    log,
  });
  log.info("listening: serving simulated live telemetry", {
    address: formatAddress({ hostname: config.feed.hostname, port: feed.port }),
  });
  const stop = onStopSignals();
  await Promise.race([stop.requested, feed.finished]);
  await feed.stop();
  const { sentLines, skippedLines } = feed.stats();
  log.info("feed ended", { lines_sent: sentLines, lines_skipped: skippedLines });
  return 0;
};
