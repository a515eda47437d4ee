/** `bench NAME`: a benchmark against a peer in the same run. */
import { UsageError } from "../cli.ts";
import { numberFlag } from "../config.ts";
import { benchIngest } from "../bench/ingest.ts";
import { formatResult } from "../bench/result.ts";
import type { CommandRunner } from "./command.ts";

const BENCHES = { ingest: benchIngest } as const;

export const bench: CommandRunner = async ({ call, config, log }) => {
  const name = call.positionals[0]!;
  if (!(name in BENCHES)) {
    throw new UsageError(
      `There is no benchmark "${name}"; they are ${Object.keys(BENCHES).join(", ")}`,
    );
  }
  const result = await BENCHES[name as keyof typeof BENCHES]({
    rows: numberFlag(call.flags, "rows", { fallback: 500_000, min: 1_000, max: 1e9 }),
    databaseUrl: config.databaseUrl,
    log,
  });
  console.log(call.flags["json"] === true ? JSON.stringify(result) : formatResult(result));
  return 0;
};
