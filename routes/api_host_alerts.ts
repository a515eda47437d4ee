/** `/api/alerts/host`: the alerts of one host, open and closed, also as they were at a moment. */
import type { Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { queryHostAlerts } from "../src/store/queries/host_alerts.ts";
import { jsonAnswer, openStore } from "./answer.ts";
import {
  hostId,
  instant,
  optional,
  readParameters,
  region,
  requirePast,
  wholeNumber,
  withDefault,
} from "./parameters.ts";

const HOST_ALERTS_SCHEMA = {
  host_id: hostId,
  region: optional(region),
  at: optional(instant),
  limit: withDefault(wholeNumber(1, LIMITS.listPageMax), 50),
};

export function mountHostAlerts(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/alerts/host", async (c) => {
    const { host_id: hostId, region, at, limit } = readParameters(c.req.url, HOST_ALERTS_SCHEMA);
    requirePast(at, context.clock.nowMs());
    const query = { hostId, region, atMs: at, limit };
    return jsonAnswer(await queryHostAlerts(openStore(context), query));
  });
}
