/** Every command's runner. Each is loaded when it is called: `help` loads no database. */
import type { CommandName } from "../settings.ts";
import type { CommandRunner } from "./command.ts";

export const COMMAND_RUNNERS: Readonly<Record<CommandName, CommandRunner>> = {
  "up": async (input) => (await import("./up.ts")).up(input),
  "stream": async (input) => (await import("./up.ts")).stream(input),
  "serve": async (input) => (await import("./up.ts")).serve(input),
  "batch": async (input) => (await import("./batch.ts")).batch(input),
  "generate history": async (input) =>
    (await import("./generate_history.ts")).generateHistory(input),
  "generate feed": async (input) => (await import("./generate_feed.ts")).generateFeed(input),
  "replay": async (input) => (await import("./replay.ts")).replay(input),
  "rebuild": async (input) => (await import("./rebuild.ts")).rebuild(input),
  "verify": async (input) => (await import("./verify.ts")).verify(input),
  "inspect": async (input) => (await import("./inspect.ts")).inspect(input),
  "token create": async (input) => (await import("./token.ts")).tokenCreate(input),
  "token list": async (input) => (await import("./token.ts")).tokenList(input),
  "token revoke": async (input) => (await import("./token.ts")).tokenRevoke(input),
  "bench": async (input) => (await import("./bench.ts")).bench(input),
  "help": () => Promise.resolve(0),
};
