/**
 * `/api/alerts`: alerts, open ones first, also as they were at a moment; `/api/alerts/near`: the one
 * that opened next to a moment, and `POST /api/alerts/:id/acknowledge`: an operator has
 * seen it, and may say something about it. Ids hold slashes: they may stand in the path as they are or as %2F.
 */
import type { Context, Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { HttpError } from "../src/server/http_error.ts";
import { acknowledgeAlert, queryAlerts } from "../src/store/queries/alerts.ts";
import { queryAlertNear, queryAlertsAt } from "../src/store/queries/past_alerts.ts";
import { jsonAnswer, openStore } from "./answer.ts";
import { readJson } from "./json_body.ts";
import {
  bad,
  choice,
  instant,
  optional,
  readParameters,
  requirePast,
  wholeNumber,
  withDefault,
} from "./parameters.ts";
import { pathText } from "./path_text.ts";

const ALERTS_SCHEMA = {
  state: optional(choice(["open", "closed"])),
  limit: withDefault(wholeNumber(1, LIMITS.listPageMax), 200),
  at: optional(instant),
};

const NEAR_SCHEMA = { at: instant, direction: choice(["next", "previous"]) };

/** `<rule>/<region>/<host_id>/<openedAtMs>`, each at its longest. */
const ID_CHARS_MAX = 600;

export function mountAlerts(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/alerts", async (c) => {
    const { at, ...query } = readParameters(c.req.url, ALERTS_SCHEMA);
    requirePast(at, context.clock.nowMs());
    const database = openStore(context);
    return jsonAnswer(
      await (at === null ? queryAlerts(database, query) : queryAlertsAt(database, query, at)),
    );
  });

  app.get("/api/alerts/near", async (c) => {
    const { at, direction } = readParameters(c.req.url, NEAR_SCHEMA);
    return jsonAnswer({ alert: await queryAlertNear(openStore(context), at, direction) });
  });

  app.post("/api/alerts/:id{.+}/acknowledge", async (c) => {
    readParameters(c.req.url, {});
    const id = pathText(c.req.param("id"), "alert id", ID_CHARS_MAX);
    const note = await readNote(c);
    const alert = await acknowledgeAlert(openStore(context), id, context.clock.nowMs(), note);
    if (alert === null) {
      throw new HttpError(
        404,
        "no_such_alert",
        `There is no alert ${JSON.stringify(id)}; /api/alerts lists them.`,
      );
    }
    return jsonAnswer(alert);
  });
}

/**
 * The note of `{"note": text}`; null where there is none: the body may be empty.
 * @throws {HttpError} 415 or 400.
 */
async function readNote(c: Context<ServerEnv>): Promise<string | null> {
  if (await c.req.text() === "") return null;
  const body = await readJson(c);
  const fields = typeof body === "object" && body !== null && !Array.isArray(body) ? body : null;
  const unknown = Object.keys(fields ?? {}).find((name) => name !== "note");
  const { note = null } = (fields ?? {}) as { readonly note?: unknown };
  const isNote = note === null || typeof note === "string" &&
      note.length <= LIMITS.noteCharsMax && !CONTROL_CHARACTERS.test(note);
  if (fields === null || unknown !== undefined || !isNote) {
    throw bad(
      "invalid_note",
      `Cannot take the note: the body is {"note": text} with at most ${LIMITS.noteCharsMax} ` +
        `characters, none of them a control character, got ${JSON.stringify(body).slice(0, 80)}.`,
    );
  }
  return note as string | null;
}

/** C0 and C1, and DEL: a note is one line. */
const CONTROL_CHARACTERS = /\p{Cc}/u;
