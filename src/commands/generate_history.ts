/** `generate history`: the three regions' history files. */
import { numberFlag } from "../config.ts";
import { UsageError } from "../cli.ts";
import { defaultEndMs, writeHistory } from "../generator/history.ts";
import type { CommandRunner } from "./command.ts";
import { FLEET_LIMITS } from "./fleet_flags.ts";
import { ProgressBar } from "./progress_bar.ts";
import { onStopSignals } from "./signals.ts";

export const generateHistory: CommandRunner = async ({ call, config }) => {
  const rows = numberFlag(call.flags, "rows", FLEET_LIMITS.rows);
  const bar = new ProgressBar("generating", "rows");
  const { signal } = onStopSignals();
  const files = await writeHistory({
    dataDir: config.dataDir,
    rows,
    hosts: numberFlag(call.flags, "hosts", FLEET_LIMITS.hosts),
    seed: numberFlag(call.flags, "seed", FLEET_LIMITS.seed),
    endMs: endTime(call.flags["end"]),
    onProgress: ({ rows: done, rowsTotal, path }) => bar.show(done / rowsTotal, done, path),
    signal,
  });
  bar.clear();
  for (const file of files) {
    console.log(`${file.region.padEnd(10)} ${String(file.rows).padStart(9)} rows  ${file.path}`);
  }
  return signal.aborted ? 1 : 0;
};

function endTime(given: string | boolean | undefined): number {
  if (given === undefined) return defaultEndMs(Date.now());
  const atMs = typeof given === "string" && /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(given)
    ? Date.parse(given)
    : NaN;
  if (Number.isNaN(atMs)) {
    throw new UsageError(
      `--end must be an ISO 8601 time with Z or an offset, like 2026-01-31T12:00:00Z, got "${given}"`,
    );
  }
  return atMs;
}
