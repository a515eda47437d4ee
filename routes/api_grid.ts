/** `/api/grid`: every host's value of one metric with its age and state, in columns by region. */
import type { Hono } from "hono";
import { METRICS } from "../src/model/reading.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import type { HeavyWork } from "../src/server/heavy_work.ts";
import { gridAt, gridNow } from "../src/server/host_grid.ts";
import { jsonAnswer, openStore } from "./answer.ts";
import { heavyAnswer } from "./heavy_answer.ts";
import { choice, instant, optional, readParameters, requirePast } from "./parameters.ts";

const GRID_SCHEMA = { metric: choice(METRICS), at: optional(instant) };

export function mountGrid(
  app: Hono<ServerEnv>,
  context: ServerContext,
  heavy: HeavyWork,
): void {
  app.get("/api/grid", async (c) => {
    const { metric, at } = readParameters(c.req.url, GRID_SCHEMA);
    const nowMs = context.clock.nowMs();
    requirePast(at, nowMs);
    const database = openStore(context);
    if (at === null) return jsonAnswer(await gridNow(database, metric, nowMs));
    return await heavyAnswer(c, heavy, () => gridAt(heavy.lane.through(database), metric, at));
  });
}
