/** `/api/heatmap`: how many readings had which temperature when, of everything or a region. */
import type { Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { queryHeatmap } from "../src/store/queries/heatmap.ts";
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

const HEATMAP_SCHEMA = {
  /** The one metric whose rollups keep a histogram. */
  metric: withDefault(choice(["temp_c"]), "temp_c"),
  region: optional(region),
  from: optional(instant),
  to: optional(instant),
  points: withDefault(wholeNumber(1, LIMITS.heatmapPointsMax), 120),
  bins: withDefault(wholeNumber(1, LIMITS.heatmapBinsMax), 30),
  /** With how many of a bucket's readings came late. */
  flags: optional(choice(["1"])),
};

export function mountHeatmap(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/heatmap", async (c) => {
    const { region, points, bins, flags, from, to } = readParameters(c.req.url, HEATMAP_SCHEMA);
    const range = timeRange({ from, to }, context.clock.nowMs());
    const query = { region, points, bins, withLate: flags !== null, ...range };
    return jsonAnswer(await queryHeatmap(openStore(context), query));
  });
}
