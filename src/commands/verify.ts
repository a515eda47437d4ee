/** `verify`: hot store against archive, live run by live run. */
import type { Database } from "../store/database.ts";
import { REAL_CLOCK } from "../runtime/clock.ts";
import { REAL_FILES } from "../runtime/files.ts";
import { listRuns } from "../archive/catalogue.ts";
import { liveMapping } from "../workers/speed/live_mapping.ts";
import { type RunVerdict, verifyRun } from "../workers/verify_run.ts";
import type { CommandInput, CommandRunner } from "./command.ts";
import { withDataDirectory } from "./data_directory.ts";
import { checkDeclarations } from "./declarations.ts";
import { ProgressBar } from "./progress_bar.ts";
import { type StoreSession, withStore } from "./store_session.ts";

export const verify: CommandRunner = (input) => {
  checkDeclarations(input.config);
  const compare = () => withStore(input, (session) => compareAll(input, session));
  // The embedded store belongs to one process.
  return input.config.databaseUrl === null
    ? withDataDirectory(input.config.dataDir, compare)
    : compare();
};

async function compareAll(input: CommandInput, { database, stop }: StoreSession): Promise<number> {
  const verdicts = await verdictsOf(input, database, stop.signal);
  if (stop.signal.aborted) return 1;
  const differs = verdicts.some((one) => one.differences.length > 0);
  console.log(
    input.call.flags["json"] === true
      ? JSON.stringify({ same: !differs, runs: verdicts })
      : formatVerdicts(verdicts),
  );
  return differs ? 1 : 0;
}

async function verdictsOf(
  { config, log, call }: CommandInput,
  database: Database,
  signal: AbortSignal,
): Promise<RunVerdict[]> {
  const mapping = liveMapping(config.sources, config.configFile ?? "configuration");
  const tools = { files: REAL_FILES, clock: REAL_CLOCK, log };
  const bar = new ProgressBar(
    "verifying",
    "lines",
    call.flags["json"] !== true && process.stderr.isTTY,
  );
  const runs = (await listRuns(config.dataDir, REAL_FILES)).filter((run) => run.kind === "live");
  const all = runs.reduce((sum, run) => sum + run.lines, 0);
  const verdicts: RunVerdict[] = [];
  let lines = 0;
  for (const run of runs.reverse()) {
    if (signal.aborted) break;
    bar.show(all === 0 ? 0 : lines / all, lines, run.runId);
    verdicts.push(
      await verifyRun(run.runId, {
        database,
        dataDir: config.dataDir,
        normalise: mapping.normalise,
        tools,
        signal,
      }),
    );
    lines += run.lines;
  }
  bar.clear();
  return verdicts;
}

function formatVerdicts(verdicts: readonly RunVerdict[]): string {
  const lines = verdicts.flatMap((one) => [
    `${one.differences.length === 0 ? "same   " : "DIFFERS"}  ${one.run}: ${one.lines} lines, ` +
    `${one.rows} readings, ${one.dead_letters} rejects`,
    ...one.differences.map((difference) => `  ${difference}`),
  ]);
  const wrong = verdicts.filter((one) => one.differences.length > 0).length;
  return [...lines, `${verdicts.length} live runs compared, ${wrong} differ`].join("\n");
}
