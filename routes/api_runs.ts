/** `/api/runs`: archived runs, live and batch, newest first. */
import type { Hono } from "hono";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { jsonAnswer } from "./answer.ts";
import { readParameters } from "./parameters.ts";

export function mountRuns(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/runs", async (c) => {
    readParameters(c.req.url, {});
    return jsonAnswer(await context.runs());
  });
}
