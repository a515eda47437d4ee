/**
 * `/api/dead-letters`: the newest rejects, with the rule, the value and the raw text; and
 * `/api/dead-letters/summary`: how many there are by rule, source and layer.
 */
import type { Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import { DEAD_LETTER_CODES } from "../src/model/record.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { queryDeadLetters, summariseDeadLetters } from "../src/store/queries/dead_letters.ts";
import { jsonAnswer, openStore } from "./answer.ts";
import { choice, optional, readParameters, text, wholeNumber, withDefault } from "./parameters.ts";

const SOURCE_CHARS_MAX = 200;

const DEAD_LETTERS_SCHEMA = {
  code: optional(choice(DEAD_LETTER_CODES)),
  source: optional(text(SOURCE_CHARS_MAX)),
  layer: optional(choice(["speed", "batch"])),
  limit: withDefault(wholeNumber(1, LIMITS.listPageMax), 100),
};

export function mountDeadLetters(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/dead-letters", async (c) => {
    const { limit, ...wanted } = readParameters(c.req.url, DEAD_LETTERS_SCHEMA);
    return jsonAnswer(await queryDeadLetters(openStore(context), limit, wanted));
  });

  app.get("/api/dead-letters/summary", async (c) => {
    readParameters(c.req.url, {});
    return jsonAnswer(await summariseDeadLetters(openStore(context)));
  });
}
