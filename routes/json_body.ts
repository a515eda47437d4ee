/** A request's body as JSON, or an answer that says what is wrong with it. */
import type { Context } from "hono";
import type { ServerEnv } from "../src/server/context.ts";
import { HttpError } from "../src/server/http_error.ts";
import { bad } from "./parameters.ts";

/** @throws {HttpError} 415 or 400. */
export async function readJson(c: Context<ServerEnv>): Promise<unknown> {
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
