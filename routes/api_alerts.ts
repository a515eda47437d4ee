/**
 * `/api/alerts`: alerts, open ones first, also as they were at a moment; `/api/alerts/near`: the one
 * that opened next to a moment, and `POST /api/alerts/:id/acknowledge`: an operator has
 * seen it. Ids hold slashes: they may stand in the path as they are or as %2F.
 */
import type { Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { HttpError } from "../src/server/http_error.ts";
import { type AlertPlace, queryAlertPage } from "../src/store/queries/alert_pages.ts";
import { acknowledgeAlert } from "../src/store/queries/alerts.ts";
import { queryAlertNear } from "../src/store/queries/past_alerts.ts";
import { jsonAnswer, openStore } from "./answer.ts";
import {
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
    const alert = await acknowledgeAlert(openStore(context), id, context.clock.nowMs());
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
