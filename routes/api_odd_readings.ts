/** `/api/readings/odd`: when a host's readings came late, lay ahead, or stood in a clock change. */
import type { Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import type { HeavyWork } from "../src/server/heavy_work.ts";
import { queryOddReadings } from "../src/store/queries/odd_readings.ts";
import { openStore } from "./answer.ts";
import { heavyAnswer } from "./heavy_answer.ts";
import {
  hostId,
  instant,
  optional,
  readParameters,
  region,
  requireSpan,
  timeRange,
  wholeNumber,
  withDefault,
} from "./parameters.ts";

const ODD_SCHEMA = {
  host_id: hostId,
  region: optional(region),
  from: optional(instant),
  to: optional(instant),
  limit: withDefault(wholeNumber(1, LIMITS.oddReadingsMax), LIMITS.oddReadingsMax),
};

export function mountOddReadings(
  app: Hono<ServerEnv>,
  context: ServerContext,
  heavy: HeavyWork,
): void {
  app.get("/api/readings/odd", async (c) => {
    const { host_id, region, limit, ...given } = readParameters(c.req.url, ODD_SCHEMA);
    const range = timeRange(given, context.clock.nowMs());
    requireSpan(range, LIMITS.oddReadingsSpanMsMax);
    const database = heavy.lane.through(openStore(context));
    const query = { hostId: host_id, region, limit: limit + 1, ...range };
    return await heavyAnswer(c, heavy, async () => {
      const found = await queryOddReadings(database, query);
      return { readings: found.slice(0, limit), more: found.length > limit };
    });
  });
}
