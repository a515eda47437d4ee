/** `/api/timeline`: how many readings and opened alerts there are, over all that was recorded. */
import type { Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { queryTimeline } from "../src/store/queries/timeline.ts";
import { jsonAnswer, openStore } from "./answer.ts";
import {
  instant,
  optional,
  readParameters,
  requireOrder,
  wholeNumber,
  withDefault,
} from "./parameters.ts";

const TIMELINE_SCHEMA = {
  from: optional(instant),
  to: optional(instant),
  points: withDefault(wholeNumber(1, LIMITS.seriesPointsMax), 300),
};

export function mountTimeline(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/timeline", async (c) => {
    const { from, to, points } = readParameters(c.req.url, TIMELINE_SCHEMA);
    requireOrder(from, to);
    const query = { fromMs: from, toMs: to, points };
    return jsonAnswer(await queryTimeline(openStore(context), query));
  });
}
