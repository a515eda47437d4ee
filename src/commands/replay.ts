/** `replay RUN`: an archived live run again as a feed. */
import { UsageError } from "../cli.ts";
import { numberFlag } from "../config.ts";
import { parseRunId, RUN_DIRECTORIES } from "../archive/names.ts";
import { readRun } from "../archive/run_reader.ts";
import { formatAddress } from "../runtime/address.ts";
import { REAL_CLOCK } from "../runtime/clock.ts";
import { REAL_FILES } from "../runtime/files.ts";
import { serveReplay } from "../workers/replay_feed.ts";
import type { CommandRunner } from "./command.ts";
import { onStopSignals } from "./signals.ts";

export const replay: CommandRunner = async ({ call, config, log }) => {
  const runId = call.positionals[0]!;
  const speed = numberFlag(call.flags, "speed", { fallback: 1, min: 0, max: 1e6, whole: false });
  if (config.feed === null) throw new UsageError("replay needs an address, got --feed none");
  if (parseRunId(runId)?.kind !== "stream_run") {
    throw new UsageError(
      `replay takes a live run's name, like stream_run_2026-01-31_12-00-00, got "${runId}"`,
    );
  }
  const directory = `${config.dataDir}/${RUN_DIRECTORIES.stream_run}`;
  if (await REAL_FILES.stat(`${directory}/${runId}`) === null) {
    throw new Error(`Cannot replay ${runId}: there is no such run in ${directory}`);
  }
  const stop = onStopSignals();
  const { hostname, port } = config.feed;
  const served = serveReplay({
    hostname,
    port,
    blocks: readRun({
      directory,
      runId,
      files: REAL_FILES,
      onQuarantined: (range) =>
        log.error("archived bytes can't be trusted; left out", { ...range }),
    }),
    speed,
    clock: REAL_CLOCK,
    log,
    signal: stop.signal,
  });
  log.info("listening: serving an archived run as a feed", {
    run: runId,
    speed,
    address: formatAddress({ hostname, port: served.port }),
  });
  const { bytes, lines } = await served.finished;
  log.info("replay ended", { run: runId, lines, bytes });
  return 0;
};
