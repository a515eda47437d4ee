/**
 * `/api/alerts`: alerts, open ones first, also as they were at a moment; `/api/alerts/near`: the one
 * that opened next to a moment, and `POST /api/alerts/:id/acknowledge`: an operator has
 * seen it. Ids hold slashes: they may stand in the path as they are or as %2F.
 */
import type { Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { HttpError } from "../src/server/http_error.ts";
import { acknowledgeAlert, queryAlerts } from "../src/store/queries/alerts.ts";
import { queryAlertNear, queryAlertsAt } from "../src/store/queries/past_alerts.ts";
import { jsonAnswer, openStore } from "./answer.ts";
import {
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
