/**
 * `/api/sources`: where the hot store's readings came from, and what else was declared, with files,
 * rows and rejects of each, its silence, and its schema with the newest changes.
 */
import type { Hono } from "hono";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { sourceRows } from "../src/server/source_rows.ts";
import { querySources } from "../src/store/queries/sources.ts";
import { jsonAnswer, openStore } from "./answer.ts";
import { readParameters } from "./parameters.ts";

export function mountSources(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/sources", async (c) => {
    readParameters(c.req.url, {});
    const stored = await querySources(openStore(context), context.clock.nowMs());
    return jsonAnswer(sourceRows(stored, context.sources?.() ?? []));
  });
}
