/** `/api/outliers`: hosts by how far a stretch of time lies off what is usual for them. */
import type { Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import { METRICS } from "../src/model/reading.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import type { HeavyWork } from "../src/server/heavy_work.ts";
import { queryOutliers } from "../src/store/queries/outliers.ts";
import { openStore } from "./answer.ts";
import { heavyAnswer } from "./heavy_answer.ts";
import {
  choice,
  instant,
  optional,
  readParameters,
  requireSpan,
  timeRange,
  wholeNumber,
  withDefault,
} from "./parameters.ts";

const OUTLIERS_SCHEMA = {
  metric: choice(METRICS),
  from: optional(instant),
  to: optional(instant),
  limit: withDefault(wholeNumber(1, LIMITS.hostsPageMax), 20),
};

export function mountOutliers(
  app: Hono<ServerEnv>,
  context: ServerContext,
  heavy: HeavyWork,
): void {
  app.get("/api/outliers", async (c) => {
    const { metric, limit, ...given } = readParameters(c.req.url, OUTLIERS_SCHEMA);
    const range = timeRange(given, context.clock.nowMs());
    requireSpan(range, LIMITS.outliersSpanMsMax);
    const database = heavy.lane.through(openStore(context));
    const query = { metric, limit, ...range };
    return await heavyAnswer(c, heavy, async () => ({
      hosts: await queryOutliers(database, query),
    }));
  });
}
