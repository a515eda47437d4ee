/** `POST /api/generator {"rate": n}`: the simulated feed's lines a second; 0 = as fast as read. */
import type { Hono } from "hono";
import { isObject } from "../src/model/record.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { HttpError } from "../src/server/http_error.ts";
import { jsonAnswer } from "./answer.ts";
import { readJson } from "./json_body.ts";
import { bad, readParameters } from "./parameters.ts";

/** Slower than one line in ten seconds is a feed that looks dead. */
const RATE_MIN = 0.1;
/** Ten times what one core makes; above, 0 says it better. */
const RATE_MAX = 10_000_000;

export function mountGenerator(app: Hono<ServerEnv>, context: ServerContext): void {
  app.post("/api/generator", async (c) => {
    readParameters(c.req.url, {});
    const rate = readRate(await readJson(c));
    const done = context.setGeneratorRate(rate);
    if (done === null) {
      throw new HttpError(
        409,
        "no_generator",
        "There is no simulated feed to set: it runs with --demo, or with `rackwatch generate feed`.",
      );
    }
    await done;
    return jsonAnswer({ rate });
  });
}

function readRate(body: unknown): number {
  const fields = isObject(body) ? body : null;
  const unknown = Object.keys(fields ?? {}).find((name) => name !== "rate");
  const rate = fields?.["rate"];
  const inRange = typeof rate === "number" &&
    (rate === 0 || (rate >= RATE_MIN && rate <= RATE_MAX));
  if (unknown !== undefined || !inRange) {
    throw bad(
      "invalid_rate",
      `Cannot set the rate: the body is {"rate": n} with n lines a second, ` +
        `${RATE_MIN}–${RATE_MAX} or 0 for as fast as it is read, got ${
          (JSON.stringify(body) ?? "nothing").slice(0, 80)
        }.`,
    );
  }
  return rate;
}
