/** `/api/status`: version, mode, store, and each layer's state and counters. */
import type { Hono } from "hono";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { jsonAnswer } from "./answer.ts";
import { readParameters } from "./parameters.ts";

export function mountStatus(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/status", (c) => {
    readParameters(c.req.url, {});
    return jsonAnswer(context.status());
  });
}
