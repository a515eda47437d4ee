/** `/api/series`: one metric over time, of everything, a region or a host; gaps are null. */
import type { Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import { METRICS } from "../src/model/reading.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { querySeries } from "../src/store/queries/series.ts";
import { jsonAnswer, openStore } from "./answer.ts";
import {
  bad,
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
  /** With how many of a bucket's readings came late. */
  flags: optional(choice(["1"])),
};

export function mountSeries(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/series", async (c) => {
    const { metric, region, host_id, points, flags, ...given } = readParameters(
      c.req.url,
      SERIES_SCHEMA,
    );
    const withLate = flags !== null;
    if (withLate && host_id !== null) {
      throw bad(
        "invalid_parameter",
        "Cannot tell flags beside host_id: they are of whole regions here. " +
          "A host's stand in /api/readings/odd.",
      );
    }
    const range = timeRange(given, context.clock.nowMs());
    const query = { metric, region, hostId: host_id, points, withLate, ...range };
    return jsonAnswer(await querySeries(openStore(context), query));
  });
}
