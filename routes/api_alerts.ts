/**
 * `/api/alerts`: alerts, open ones first, and `POST /api/alerts/:id/acknowledge`: an operator has
 * seen it. Ids hold slashes: they may stand in the path as they are or as %2F.
 */
import type { Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { HttpError } from "../src/server/http_error.ts";
import { acknowledgeAlert, queryAlerts } from "../src/store/queries/alerts.ts";
import { jsonAnswer, openStore } from "./answer.ts";
import { choice, optional, readParameters, wholeNumber, withDefault } from "./parameters.ts";
import { pathText } from "./path_text.ts";

const ALERTS_SCHEMA = {
  state: optional(choice(["open", "closed"])),
  limit: withDefault(wholeNumber(1, LIMITS.listPageMax), 200),
};

/** `<rule>/<region>/<host_id>/<openedAtMs>`, each at its longest. */
const ID_CHARS_MAX = 600;

export function mountAlerts(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/alerts", async (c) => {
    const query = readParameters(c.req.url, ALERTS_SCHEMA);
    return jsonAnswer(await queryAlerts(openStore(context), query));
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
