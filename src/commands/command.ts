/** What every command is given, and what it answers with. */
import type { Call } from "../cli.ts";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";

export interface CommandInput {
  readonly call: Call;
  readonly config: Config;
  readonly log: Log;
}

/** Resolves to the exit code: 0 done, 1 failed or differs. A `UsageError` makes it 2. */
export type CommandRunner = (input: CommandInput) => Promise<number>;
