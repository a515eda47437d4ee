/** `/api/board`: the board as it was at a moment, in the shape in which the live one is sent. */
import type { Hono } from "hono";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import type { HeavyWork } from "../src/server/heavy_work.ts";
import { pastBoard } from "../src/server/past_picture.ts";
import { openStore } from "./answer.ts";
import { heavyAnswer } from "./heavy_answer.ts";
import { instant, readParameters, requirePast } from "./parameters.ts";

const BOARD_SCHEMA = { at: instant };

export function mountBoard(
  app: Hono<ServerEnv>,
  context: ServerContext,
  heavy: HeavyWork,
): void {
  app.get("/api/board", async (c) => {
    const { at } = readParameters(c.req.url, BOARD_SCHEMA);
    requirePast(at, context.clock.nowMs());
    const database = heavy.lane.through(openStore(context));
    return await heavyAnswer(c, heavy, async () => ({ board: await pastBoard(database, at) }));
  });
}
