/**
 * `verify` and `rebuild`, wherever the work is done: here, where nobody has the data directory, else
 * in the process that has it, asked over HTTP. The same progress, the same report.
 */
import { LockedError } from "../runtime/lock.ts";
import { REAL_CLOCK } from "../runtime/clock.ts";
import { readControl } from "../runtime/control_file.ts";
import { REAL_FILES } from "../runtime/files.ts";
import { REAL_RANDOM } from "../runtime/random.ts";
import type { UpkeepJob, UpkeepResult } from "../workers/messages.ts";
import { runUpkeep } from "../workers/upkeep_jobs.ts";
import { askRunning } from "./ask_running.ts";
import type { CommandInput } from "./command.ts";
import { withDataDirectory } from "./data_directory.ts";
import { checkDeclarations } from "./declarations.ts";
import { ProgressBar } from "./progress_bar.ts";
import { alertRules } from "./rules.ts";
import { onStopSignals } from "./signals.ts";
import { withStore } from "./store_session.ts";
import { VERSION } from "./version.ts";

/** Resolves to what `report` makes of the result, or to a failure's exit code. */
export async function upkeepCommand(
  job: UpkeepJob,
  input: CommandInput,
  report: (result: UpkeepResult) => number,
): Promise<number> {
  checkDeclarations(input.config);
  try {
    return await withDataDirectory(input.config.dataDir, () => doItHere(job, input, report));
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    const control = readControl(input.config.dataDir);
    // A process without a web server, or another command, can't be asked.
    if (control === null || control.pid !== error.pid) throw error;
    const stop = onStopSignals();
    input.log.info(`asking the process that has ${input.config.dataDir}`, { pid: control.pid });
    const bar = barOf(job, input);
    try {
      const result = await askRunning(
        control,
        job,
        stop.signal,
        ({ fraction, lines, what }) => bar.show(fraction, lines, what),
      );
      bar.clear();
      return result === null ? 1 : report(result);
    } finally {
      bar.clear();
    }
  }
}

function doItHere(
  job: UpkeepJob,
  input: CommandInput,
  report: (result: UpkeepResult) => number,
): Promise<number> {
  const { config, log } = input;
  const { dataDir, logFormat, sources, configFile, demo } = config;
  const rules = alertRules(config);
  return withStore(input, async ({ database, stop }) => {
    const bar = barOf(job, input);
    const result = await runUpkeep(job, {
      settings: { version: VERSION, dataDir, logFormat, rules, sources, configFile, demo },
      database,
      tools: { files: REAL_FILES, clock: REAL_CLOCK, random: REAL_RANDOM, log },
      signal: stop.signal,
      isBeside: false,
      onProgress: ({ fraction, lines, what }) => bar.show(fraction, lines, what),
    }).finally(() => bar.clear());
    return result === null ? 1 : report(result);
  });
}

const VERBS: Readonly<Record<UpkeepJob, string>> = {
  verify: "verifying",
  rebuild: "rebuilding",
  preview: "counting",
};

function barOf(job: UpkeepJob, { call }: CommandInput): ProgressBar {
  const isShown = call.flags["json"] !== true && process.stderr.isTTY === true;
  return new ProgressBar(VERBS[job], "lines", isShown);
}
