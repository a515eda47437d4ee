/** `verify`: hot store against archive, run by run. */
import type { VerifyReport } from "../workers/verify/verify_store.ts";
import type { CommandRunner } from "./command.ts";
import { upkeepCommand } from "./upkeep_command.ts";

export const verify: CommandRunner = (input) =>
  upkeepCommand("verify", input, (result) => {
    if (result.job !== "verify") return 1;
    const { report } = result;
    console.log(
      input.call.flags["json"] === true ? JSON.stringify(report) : formatVerdicts(report),
    );
    return report.same ? 0 : 1;
  });

function formatVerdicts({ runs }: VerifyReport): string {
  const lines = runs.flatMap((one) => [
    `${one.differences.length === 0 ? "same   " : "DIFFERS"}  ${one.run}: ${one.lines} lines, ` +
    `${one.rows} readings, ${one.dead_letters} rejects` +
    (one.deleted_lines === undefined
      ? ""
      : `; not whole: retention deleted ${one.deleted_lines} lines`),
    ...one.differences.map((difference) => `  ${difference}`),
  ]);
  const wrong = runs.filter((one) => one.differences.length > 0).length;
  return [...lines, `${runs.length} runs compared, ${wrong} differ`].join("\n");
}
