/**
 * `POST /api/verify`, `POST /api/rebuild`, `POST /api/rebuild {"dry_run": true}`: work on the whole
 * store beside a running house. One at a time. The answer is NDJSON as it goes: lines of
 * `{"progress": …}`, and a last one of `{"result": …}` or `{"error": …}`. A client that goes away
 * stops the work; a rebuild that was not done has changed nothing.
 */
import type { Context, Hono } from "hono";
import { isObject } from "../src/model/record.ts";
import type { ServerContext, ServerEnv, UpkeepWork } from "../src/server/context.ts";
import { HttpError } from "../src/server/http_error.ts";
import { streamAnswer } from "./answer.ts";
import { bad, readParameters } from "./parameters.ts";

export function mountUpkeep(app: Hono<ServerEnv>, context: ServerContext): void {
  app.post("/api/verify", async (c) => {
    await readDryRun(c, false);
    return await answer(c, context, "verify");
  });
  app.post(
    "/api/rebuild",
    async (c) => await answer(c, context, await readDryRun(c, true) ? "preview" : "rebuild"),
  );
}

function answer(
  c: Context<ServerEnv>,
  context: ServerContext,
  work: UpkeepWork,
): Promise<Response> {
  readParameters(c.req.url, {});
  if (context.upkeep === undefined) {
    throw new HttpError(
      409,
      "not_the_writer",
      "This rackwatch only reads the store: ask the one that writes it, or run the command.",
    );
  }
  const news = context.upkeep(work);
  if (news === null) {
    throw new HttpError(
      409,
      "busy",
      "A verify or rebuild is at work already; try again when it is done.",
      { "Retry-After": "10" },
    );
  }
  return streamAnswer(c, lines(news), { type: "application/x-ndjson", log: context.log });
}

async function* lines(news: AsyncGenerator<unknown>): AsyncGenerator<string> {
  for await (const one of news) yield JSON.stringify(one) + "\n";
}

/** @throws {HttpError} 400 for a body that is not `{}` or `{"dry_run": true}`, or no JSON. */
async function readDryRun(c: Context<ServerEnv>, isTaken: boolean): Promise<boolean> {
  const text = await c.req.text();
  // A form on another site can't send this type without being asked first.
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/json\s*(?:;|$)/i.test(type)) {
    throw new HttpError(
      415,
      "not_json",
      `Cannot start: the body must come as Content-Type: application/json, got ${
        JSON.stringify(type)
      }.`,
    );
  }
  let body: unknown;
  try {
    body = JSON.parse(text === "" ? "{}" : text);
  } catch (error) {
    throw bad("invalid_json", `Cannot read the body as JSON: ${(error as Error).message}`);
  }
  const fields = isObject(body) ? body : null;
  const { dry_run: dryRun = false, ...unknown } = fields ?? {};
  const isWrong = fields === null || Object.keys(unknown).length > 0 ||
    typeof dryRun !== "boolean" || (dryRun && !isTaken);
  if (isWrong) {
    throw bad(
      "invalid_body",
      `Cannot start: the body is {}${isTaken ? ' or {"dry_run": true}' : ""}, got ${
        text.slice(0, 80)
      }.`,
    );
  }
  return dryRun;
}
