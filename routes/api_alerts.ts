/**
 * `/api/alerts`: alerts, open ones first, also as they were at a moment; `/api/alerts/near`: the one
 * that opened next to a moment; and `POST /api/alerts/:id/acknowledge`: an operator has seen it, and
 * may say something about it. Ids hold slashes: they may stand in the path as they are or as %2F.
 */
import type { Context, Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import { isObject } from "../src/model/record.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { HttpError } from "../src/server/http_error.ts";
import { type AlertPlace, queryAlertPage } from "../src/store/queries/alert_pages.ts";
import { acknowledgeAlert } from "../src/store/queries/alerts.ts";
import { queryAlertNear } from "../src/store/queries/past_alerts.ts";
import { jsonAnswer, openStore } from "./answer.ts";
import { readJson } from "./json_body.ts";
import {
  bad,
  choice,
  hostId,
  instant,
  optional,
  type Parameter,
  readParameters,
  region,
  requirePast,
  text,
  wholeNumber,
  withDefault,
} from "./parameters.ts";
import { pathText } from "./path_text.ts";

/** `<rule>/<region>/<host_id>/<openedAtMs>`, each at its longest. */
const ID_CHARS_MAX = 600;
const RULE_CHARS_MAX = 200;

/** `open,<opened>,<id>` of the alert that a page ended with; `opened` as it was told, or epoch ms. */
const place: Parameter<AlertPlace> = {
  otherwise: null,
  read: (given, fail) => {
    const [, state, opened = "", id = ""] = /^(open|closed),([^,]+),(.+)$/s.exec(given) ?? [];
    if (state !== "open" && state !== "closed") {
      return fail("it is state,opened,id of the last alert of the page before");
    }
    const openedMs = instant.read(opened, fail);
    return { state, openedMs, id: text(ID_CHARS_MAX).read(id, fail) };
  },
};

const ALERTS_SCHEMA = {
  state: optional(choice(["open", "closed"])),
  severity: optional(choice(["warning", "critical"])),
  region: optional(region),
  rule: optional(text(RULE_CHARS_MAX)),
  host: optional(hostId),
  at: optional(instant),
  after: optional(place),
  limit: withDefault(wholeNumber(1, LIMITS.listPageMax), 200),
};

const NEAR_SCHEMA = { at: instant, direction: choice(["next", "previous"]) };

export function mountAlerts(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/alerts", async (c) => {
    const { at, ...query } = readParameters(c.req.url, ALERTS_SCHEMA);
    requirePast(at, context.clock.nowMs());
    return jsonAnswer(await queryAlertPage(openStore(context), { ...query, atMs: at }));
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
  const fields = isObject(body) ? body : null;
  const unknown = Object.keys(fields ?? {}).find((name) => name !== "note");
  const { note = null } = fields ?? {};
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
