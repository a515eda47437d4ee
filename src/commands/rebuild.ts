/**
 * `rebuild`: the hot store built anew from the archive and the history files, beside the one in
 * use, and swapped in at once. `--dry-run`: what would change, in counts.
 */
import { formatPreview } from "../workers/rebuild/preview.ts";
import type { RebuildReport } from "../workers/rebuild/rebuild_store.ts";
import { formatReport } from "./batch.ts";
import type { CommandRunner } from "./command.ts";
import { upkeepCommand } from "./upkeep_command.ts";

export const rebuild: CommandRunner = (input) => {
  const { flags } = input.call;
  const job = flags["dry-run"] === true ? "preview" : "rebuild";
  return upkeepCommand(job, input, (result) => {
    if (flags["json"] === true) console.log(JSON.stringify(result.report));
    else if (result.job === "preview") console.log(formatPreview(result.report));
    else if (result.job === "rebuild") console.log(formatRebuilt(result.report));
    return 0;
  });
};

function formatRebuilt({ live, batch }: RebuildReport): string {
  return `live runs: ${live.lines} lines, ${live.rows} readings, ${live.deadLetters} rejected\n` +
    formatReport(batch);
}
