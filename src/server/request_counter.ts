/**
 * Counts answers by method, route pattern and status, for /metrics. Labels are bounded: routes are
 * those registered, methods those of HTTP, anything else is "other".
 */
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { ServerEnv } from "./context.ts";
import type { RequestCount } from "./metric_catalogue.ts";

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

export class RequestCounter {
  readonly #counts = new Map<string, { -readonly [K in keyof RequestCount]: RequestCount[K] }>();

  counts(): readonly RequestCount[] {
    return [...this.#counts.values()];
  }

  count(method: string, route: string, status: number): void {
    const known = METHODS.has(method) ? method : "other";
    const key = `${known} ${status} ${route}`;
    const entry = this.#counts.get(key);
    if (entry === undefined) {
      this.#counts.set(key, { method: known, route, status, count: 1 });
    } else entry.count++;
  }

  /** An event stream counts when it begins. */
  middleware(): MiddlewareHandler<ServerEnv> {
    return async (c, next) => {
      await next();
      const pattern = routePath(c, -1).replace(/\{[^}]*\}/g, "");
      const matched = pattern !== "/*" && pattern !== "*";
      this.count(c.req.method, matched ? pattern : "other", c.res.status);
    };
  }
}
