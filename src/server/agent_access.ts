/**
 * Agents' own tokens over HTTP: one lets its agent bring lines, and do nothing else here. As on the
 * listening address, where any agent has one, lines are only taken from those that give a token.
 */
import type { Context, MiddlewareHandler } from "hono";
import type { AgentTokenList as ConnectionTokenList } from "../sources/agent.ts";
import { unauthorized } from "./access.ts";
import type { ServerEnv } from "./context.ts";
import { givenToken } from "./given_token.ts";
import { isIngestPath } from "./ingest_paths.ts";

/** As connections ask for it, but for who is connected: a request is over at once. */
export interface AgentTokenList extends Pick<ConnectionTokenList, "isEmpty" | "whose"> {
  /** Told of an agent whose lines were archived. */
  hear?(name: string, nowMs: number): void;
}

/** Whether the request is an agent's that brings lines, by a token of its own. */
export function isAgent(c: Context<ServerEnv>, tokens: AgentTokenList | undefined): boolean {
  const { path } = c.req;
  if (tokens === undefined || !isIngestPath(path)) return false;
  const header = c.req.header("authorization");
  const given = givenToken({ path, header, password: c.req.query("p") });
  const name = given === undefined || given === null ? null : tokens.whose(given);
  if (name !== null) c.set("agent", name);
  return name !== null;
}

/** Where the configuration has no token, and all else is open. */
export function agentGuard(tokens: AgentTokenList): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    if (isIngestPath(c.req.path) && !tokens.isEmpty && !isAgent(c, tokens)) throw unauthorized();
    await next();
  };
}
