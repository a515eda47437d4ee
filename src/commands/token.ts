/** `token create`, `token list`, `token revoke`: who may push lines, agent by agent. */
import { existsSync } from "node:fs";
import { UsageError } from "../cli.ts";
import { REAL_CLOCK } from "../runtime/clock.ts";
import { createToken, listTokens, revokeToken, tokensPath } from "../runtime/agent_tokens.ts";
import type { CommandRunner } from "./command.ts";

/** The token alone on stdout, so that a script can take it; it is shown this once. */
export const tokenCreate: CommandRunner = ({ config, call }) => {
  const [name = ""] = call.positionals;
  const createdAt = new Date(REAL_CLOCK.nowMs()).toISOString();
  console.log(told(() => createToken(config.dataDir, name, createdAt)));
  console.error(`rackwatch: the token of ${name} is shown this once; what is kept is a digest`);
  return Promise.resolve(0);
};

export const tokenList: CommandRunner = ({ config, call }) => {
  const tokens = listTokens(config.dataDir).map(({ name, created_at }) => ({ name, created_at }));
  if (call.flags["json"] === true) console.log(JSON.stringify({ tokens }));
  else if (existsSync(tokensPath(config.dataDir)) && tokens.length === 0) {
    console.log(`No agent has a token any more: ${nobody(config.dataDir)}.`);
  } else if (tokens.length === 0) {
    console.log("No agent has a token: token create NAME makes one.");
  } else for (const { name, created_at } of tokens) console.log(`${name.padEnd(32)}${created_at}`);
  return Promise.resolve(0);
};

export const tokenRevoke: CommandRunner = ({ config, call }) => {
  const [name = ""] = call.positionals;
  told(() => revokeToken(config.dataDir, name));
  console.error(
    `rackwatch: ${name} is let in no more, and cut within seconds where it is connected`,
  );
  if (listTokens(config.dataDir).length === 0) {
    console.error(`rackwatch: it was the last one: ${nobody(config.dataDir)}`);
  }
  return Promise.resolve(0);
};

function nobody(dataDir: string): string {
  return "no agent is let in without --token's until token create NAME makes another; to ask for " +
    `none at all, delete ${tokensPath(dataDir)}`;
}

/** What the rooms below refuse is a wrong call. */
function told<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
