/** `/api/histogram`: how often which values of a metric occurred, by region. */
import type { Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import { METRICS } from "../src/model/reading.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { queryHistogram } from "../src/store/queries/histogram.ts";
import { jsonAnswer, openStore } from "./answer.ts";
import {
  choice,
  instant,
  optional,
  readParameters,
  region,
  timeRange,
  wholeNumber,
  withDefault,
} from "./parameters.ts";

const HISTOGRAM_SCHEMA = {
  metric: choice(METRICS),
  region: optional(region),
  from: optional(instant),
  to: optional(instant),
  bins: withDefault(wholeNumber(1, LIMITS.histogramBinsMax), 20),
  /** With how many of a region's readings came late. */
  flags: optional(choice(["1"])),
};

export function mountHistogram(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/histogram", async (c) => {
    const { metric, region, bins, flags, ...given } = readParameters(c.req.url, HISTOGRAM_SCHEMA);
    const range = timeRange(given, context.clock.nowMs());
    const query = { metric, region, bins, withLate: flags !== null, ...range };
    return jsonAnswer(await queryHistogram(openStore(context), query));
  });
}
