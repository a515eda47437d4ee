/** `rebuild`: the hot store emptied and built anew from the archive and the history files. */
import { liveMapping } from "../workers/speed/live_mapping.ts";
import { earlierRuns, partOrigin } from "../workers/speed/archived_runs.ts";
import { BatchCommitter } from "../workers/speed/batch_committer.ts";
import { catchUp, type CaughtUp } from "../workers/speed/catch_up.ts";
import { Crew } from "../workers/crew.ts";
import type { BatchReport } from "../workers/messages.ts";
import type { StoreKeeper } from "../workers/store_keeper.ts";
import { REAL_CLOCK } from "../runtime/clock.ts";
import { REAL_FILES } from "../runtime/files.ts";
import { REAL_RANDOM } from "../runtime/random.ts";
import type { Database } from "../store/database.ts";
import { emptyStore } from "../store/empty_store.ts";
import { loadOpenAlerts } from "../store/queries/alerts.ts";
import { StoreWriter } from "../store/writer.ts";
import { formatReport } from "./batch.ts";
import type { CommandInput, CommandRunner } from "./command.ts";
import { withDataDirectory } from "./data_directory.ts";
import { checkDeclarations } from "./declarations.ts";
import { inTime } from "./in_time.ts";
import { alertRules } from "./rules.ts";
import type { StopRequest } from "./signals.ts";
import { withStore } from "./store_session.ts";
import { VERSION } from "./version.ts";

export const rebuild: CommandRunner = (input) => {
  checkDeclarations(input.config);
  return withDataDirectory(
    input.config.dataDir,
    () =>
      withStore(input, async ({ database, store, stop }) => {
        await emptyStore(database);
        const live = await applyRuns(input, database, stop);
        const batch = stop.signal.aborted ? null : await applyHistory(input, store, stop);
        if (batch === null) return 1;
        console.log(
          input.call.flags["json"] === true
            ? JSON.stringify({ live, batch })
            : `live runs: ${live.lines} lines, ${live.rows} readings, ${live.deadLetters} rejected\n` +
              formatReport(batch),
        );
        return 0;
      }),
  );
};

async function applyRuns(
  { config, log }: CommandInput,
  database: Database,
  stop: StopRequest,
): Promise<CaughtUp> {
  const tools = { files: REAL_FILES, clock: REAL_CLOCK, log };
  const mapping = liveMapping(config.sources, config.configFile ?? "configuration");
  const committer = new BatchCommitter({
    store: new StoreWriter(database),
    origin: partOrigin,
    rules: alertRules(config),
    loadOpenAlerts: () => loadOpenAlerts(database),
    clock: REAL_CLOCK,
    random: REAL_RANDOM,
    log,
  });
  const runs = await earlierRuns(config.dataDir, tools);
  const { dataDir } = config;
  const options = { dataDir, committer, normalise: mapping.normalise, tools };
  return await catchUp(runs, options, stop.signal);
}

/** Null when it was stopped before its end. */
async function applyHistory(
  { config, log }: CommandInput,
  store: StoreKeeper,
  stop: StopRequest,
): Promise<BatchReport | null> {
  let crew: Crew | null = null;
  const report = new Promise<BatchReport>((resolve) => {
    crew = new Crew({
      config,
      version: VERSION,
      rules: alertRules(config),
      plan: { speed: false, batch: "once", generator: null },
      store,
      onReport: resolve,
      onFatal: (message, exitCode) => {
        log.error(message);
        stop.request(exitCode);
      },
      clock: REAL_CLOCK,
      log,
    });
  });
  const done = await Promise.race([report, stop.requested]);
  await inTime(async () => await (crew as Crew | null)?.stop());
  return typeof done === "number" ? null : done;
}
