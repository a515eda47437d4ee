/** `bench NAME`: a benchmark, mostly beside a peer in the same run. */
import { BENCHES } from "../bench/benches.ts";
import type { BenchOptions } from "../bench/options.ts";
import { formatResult, isFault } from "../bench/result.ts";
import { removeWhatIsLeft } from "../bench/scratch.ts";
import { type Call, UsageError } from "../cli.ts";
import { type Config, numberFlag } from "../config.ts";
import type { Log } from "../log.ts";
import type { CommandRunner } from "./command.ts";

/** Unmet goals are figures; only a hot store that differs from the archive makes it 1. */
export const bench: CommandRunner = async ({ call, config, log }) => {
  const name = call.positionals[0]!;
  if (!Object.hasOwn(BENCHES, name)) {
    throw new UsageError(
      `There is no benchmark "${name}"; they are ${Object.keys(BENCHES).join(", ")}`,
    );
  }
  const options = benchOptions(call.flags, config, log);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void breakOff());
  try {
    const result = await BENCHES[name]!(options);
    console.log(call.flags["json"] === true ? JSON.stringify(result) : formatResult(result));
    return result.goals.some(isFault) ? 1 : 0;
  } finally {
    await removeWhatIsLeft();
  }
};

async function breakOff(): Promise<never> {
  await removeWhatIsLeft();
  process.exit(1);
}

/** @throws {UsageError} */
export function benchOptions(
  flags: Call["flags"],
  config: Pick<Config, "databaseUrl">,
  log: Log,
): BenchOptions {
  const number = (flag: string, min: number, max: number) =>
    flags[flag] === undefined ? null : numberFlag(flags, flag, { fallback: 0, min, max });
  const out = flags["out"];
  return {
    rows: number("rows", 1_000, 1e9),
    seconds: number("seconds", 1, 86_400),
    runs: number("runs", 1, 100),
    hosts: number("hosts", 3, 300_000),
    clients: number("clients", 10, 5_000),
    rate: number("rate", 100, 10_000_000),
    out: typeof out === "string" ? out : "docs/performance",
    embedded: flags["embedded"] === true,
    databaseUrl: config.databaseUrl,
    log,
  };
}
