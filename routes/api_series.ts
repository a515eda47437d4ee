/** `/api/series`: one metric over time, of everything, a region or a host; gaps are null. */
import type { Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import { METRICS } from "../src/model/reading.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { querySeries } from "../src/store/queries/series.ts";
import { jsonAnswer, openStore } from "./answer.ts";
import {
  choice,
  hostId,
  instant,
  optional,
  readParameters,
  region,
  timeRange,
  wholeNumber,
  withDefault,
} from "./parameters.ts";

const SERIES_SCHEMA = {
  metric: choice(METRICS),
  region: optional(region),
  host_id: optional(hostId),
  from: optional(instant),
  to: optional(instant),
  points: withDefault(wholeNumber(1, LIMITS.seriesPointsMax), 300),
};

export function mountSeries(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/series", async (c) => {
    const { metric, region, host_id, points, ...given } = readParameters(c.req.url, SERIES_SCHEMA);
    const range = timeRange(given, context.clock.nowMs());
    const query = { metric, region, hostId: host_id, points, ...range };
    return jsonAnswer(await querySeries(openStore(context), query));
  });
}
