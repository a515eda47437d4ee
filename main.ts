#!/usr/bin/env bun
/** rackwatch: arguments → configuration → command. Everything else is in `src/`. */
import { helpPage, parseCall, UsageError } from "./src/cli.ts";
import { resolveConfig } from "./src/config.ts";
import { COMMAND_RUNNERS } from "./src/commands/runners.ts";
import { VERSION } from "./src/commands/version.ts";
import { createLog } from "./src/log.ts";

async function main(words: readonly string[]): Promise<number> {
  const call = parseCall(words);
  if (call.wants !== "run") {
    console.log(call.wants === "version" ? VERSION : helpPage(VERSION).trimEnd());
    return 0;
  }
  const config = resolveConfig(call.flags, {
    environment: process.env,
    directory: process.cwd(),
    stdoutIsTerminal: process.stdout.isTTY === true,
    stderrIsTerminal: process.stderr.isTTY === true,
  });
  const log = createLog({ format: config.logFormat, area: call.command });
  return await COMMAND_RUNNERS[call.command]({ call, config, log });
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  console.error(`rackwatch: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
