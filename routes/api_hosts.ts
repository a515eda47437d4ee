/**
 * `/api/hosts`: hosts with their newest reading, state and open alerts, a page at a time, `q` in
 * their names; `/api/hosts/:host_id`: one host. A name may hold slashes, and may occur in several regions: then
 * `region` says which is meant.
 */
import type { Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { HttpError } from "../src/server/http_error.ts";
import { HOST_SORTS, queryHost, queryHosts } from "../src/store/queries/hosts.ts";
import { jsonAnswer, openStore } from "./answer.ts";
import {
  bad,
  choice,
  optional,
  readParameters,
  region,
  text,
  wholeNumber,
  withDefault,
} from "./parameters.ts";
import { pathText } from "./path_text.ts";

/** A cursor holds a region and a host name in base64 of JSON. */
const CURSOR_CHARS_MAX = 2_048;

const HOSTS_SCHEMA = {
  region: optional(region),
  q: optional(text(LIMITS.hostIdCharsMax)),
  sort: withDefault(choice(HOST_SORTS), "host_id"),
  limit: withDefault(wholeNumber(1, LIMITS.hostsPageMax), 100),
  after: optional(text(CURSOR_CHARS_MAX)),
};

const HOST_SCHEMA = { region: optional(region) };

export function mountHosts(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/hosts", async (c) => {
    const { q: part, ...query } = readParameters(c.req.url, HOSTS_SCHEMA);
    const nowMs = context.clock.nowMs();
    try {
      return jsonAnswer(await queryHosts(openStore(context), { ...query, part, nowMs }));
    } catch (error) {
      // Of what can be asked, only a cursor is left to the query to judge.
      if (error instanceof RangeError) throw bad("invalid_parameter", `${error.message}.`);
      throw error;
    }
  });

  app.get("/api/hosts/:host_id{.+}", async (c) => {
    const { region } = readParameters(c.req.url, HOST_SCHEMA);
    const hostId = pathText(c.req.param("host_id"), "host's name", LIMITS.hostIdCharsMax);
    const hosts = await queryHost(openStore(context), hostId, region, context.clock.nowMs());
    if (hosts.length > 1) throw ambiguousHost(hostId, hosts.map((host) => host.region));
    if (hosts[0] === undefined) throw noSuchHost(hostId, region);
    return jsonAnswer(hosts[0]);
  });
}

function ambiguousHost(hostId: string, regions: readonly string[]): HttpError {
  return bad(
    "ambiguous_host",
    `There is a host ${JSON.stringify(hostId)} in several regions; ` +
      `add region= with one of ${regions.map((name) => JSON.stringify(name)).join(", ")}.`,
  );
}

function noSuchHost(hostId: string, region: string | null): HttpError {
  const where = region === null ? "" : ` in region ${JSON.stringify(region)}`;
  return new HttpError(
    404,
    "no_such_host",
    `There is no host ${JSON.stringify(hostId)}${where}; /api/hosts lists them.`,
  );
}
