/** `POST /api/generator {"rate": n}`: the simulated feed's lines a second; 0 = as fast as read. */
import type { Context, Hono } from "hono";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { HttpError } from "../src/server/http_error.ts";
import { jsonAnswer } from "./answer.ts";
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

/** @throws {HttpError} 415 or 400. */
async function readJson(c: Context<ServerEnv>): Promise<unknown> {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/json\s*(?:;|$)/i.test(type)) {
    throw new HttpError(
      415,
      "not_json",
      `Cannot read the body: it must come as Content-Type: application/json, got ${
        JSON.stringify(type)
      }.`,
    );
  }
  try {
    return await c.req.json();
  } catch (error) {
    throw bad("invalid_json", `Cannot read the body as JSON: ${(error as Error).message}`);
  }
}

function readRate(body: unknown): number {
  const fields = typeof body === "object" && body !== null && !Array.isArray(body) ? body : null;
  const unknown = Object.keys(fields ?? {}).find((name) => name !== "rate");
  const rate = fields === null ? undefined : (fields as { readonly rate?: unknown }).rate;
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
