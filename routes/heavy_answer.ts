/** Answers that are made behind the gate: equal questions under way get the same text. */
import type { Context } from "hono";
import type { ServerEnv } from "../src/server/context.ts";
import type { HeavyWork } from "../src/server/heavy_work.ts";
import { jsonText, textAnswer } from "./answer.ts";

/**
 * What `make` gives, as JSON. Nothing but path and query may decide it.
 *
 * @throws {HttpError} 503 where too many are under way.
 */
export async function heavyAnswer(
  c: Context<ServerEnv>,
  { gate }: HeavyWork,
  make: () => Promise<unknown>,
): Promise<Response> {
  const { pathname, search } = new URL(c.req.url);
  const key = `${pathname}${search}`;
  const work = async () => jsonText(await make());
  return textAnswer(await gate.ask({ key, gone: c.req.raw.signal, work }));
}
