/** `/api/alert-rules`: which values of which metric raise an alert, and which clear it. */
import type { Hono } from "hono";
import { DEFAULT_ALERT_RULES } from "../src/model/alert.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { jsonAnswer } from "./answer.ts";
import { readParameters } from "./parameters.ts";

export function mountAlertRules(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/alert-rules", (c) => {
    readParameters(c.req.url, {});
    return jsonAnswer({ rules: context.alertRules ?? DEFAULT_ALERT_RULES });
  });
}
