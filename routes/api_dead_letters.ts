/** `/api/dead-letters`: the newest rejects, with the rule, the value and the raw text. */
import type { Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { queryDeadLetters } from "../src/store/queries/dead_letters.ts";
import { jsonAnswer, openStore } from "./answer.ts";
import { readParameters, wholeNumber, withDefault } from "./parameters.ts";

const DEAD_LETTERS_SCHEMA = {
  limit: withDefault(wholeNumber(1, LIMITS.listPageMax), 100),
};

export function mountDeadLetters(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/dead-letters", async (c) => {
    const { limit } = readParameters(c.req.url, DEAD_LETTERS_SCHEMA);
    return jsonAnswer(await queryDeadLetters(openStore(context), limit));
  });
}
