/** The demo's history: written for the regions that have none, never over a file that is there. */
import { existsSync } from "node:fs";
import {
  type HistoryFile,
  historyFiles,
  type HistoryOptions,
  writeHistory,
} from "../generator/history.ts";
import { DEMO_PROFILES } from "../generator/profiles.ts";

export async function writeMissingHistory(
  options: Omit<HistoryOptions, "profiles">,
): Promise<HistoryFile[]> {
  const profiles = DEMO_PROFILES.filter((profile) =>
    !existsSync(historyFiles(options.dataDir, [profile])[0]!)
  );
  return profiles.length === 0 ? [] : await writeHistory({ ...options, profiles });
}
