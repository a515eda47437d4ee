/** `/api/regions`: per region its hosts, newest reading, rows, and the last minute's metrics. */
import type { Hono } from "hono";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { queryRegions } from "../src/store/queries/regions.ts";
import { jsonAnswer, openStore } from "./answer.ts";
import { readParameters } from "./parameters.ts";

export function mountRegions(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/regions", async (c) => {
    readParameters(c.req.url, {});
    return jsonAnswer(await queryRegions(openStore(context), context.clock.nowMs()));
  });
}
