/**
 * The token, where one is set: `Authorization: Bearer` for programs (agents have more ways, see
 * given_token.ts), a signed cookie after one login for browsers. Open without it: health, the login
 * itself and the page's code (which says nothing about anybody's servers). Refuses with 401, or sends
 * a browser to the login.
 */
import type { Context, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { LIMITS } from "../limits.ts";
import { sameText } from "../runtime/same_text.ts";
import type { Clock } from "../runtime/clock.ts";
import { Attempts } from "./attempts.ts";
import type { ServerEnv } from "./context.ts";
import { givenToken } from "./given_token.ts";
import { HttpError } from "./http_error.ts";
import { createSessions } from "./session.ts";

export interface Access {
  /** Whether this token is the one; counts a wrong one against the client's address. */
  tokenRight(c: Context<ServerEnv>, given: string): boolean;
  readonly cookieName: string;
  issueCookie(): string;
  readonly guard: MiddlewareHandler<ServerEnv>;
}

/**
 * @param controlKey Taken by programs in place of the token.
 * @throws {HttpError} 429 from `tokenRight` after too many wrong ones. */
export function createAccess(configured: string, clock: Clock, controlKey?: string): Access {
  const token = configured.trim();
  const sessions = createSessions(token);
  const attempts = new Attempts(clock);
  const tokenRight = (c: Context<ServerEnv>, given: string) => {
    const address = clientAddress(c);
    const waitMs = attempts.waitMs(address);
    if (waitMs > 0) throw tooManyAttempts(waitMs);
    if (sameText(given, token)) return true;
    attempts.fail(address);
    return false;
  };
  const known = (c: Context<ServerEnv>) => {
    const header = c.req.header("authorization");
    const given = givenToken({ path: c.req.path, header, password: c.req.query("p") });
    if (given === null) return false;
    if (given !== undefined) {
      const isControl = controlKey !== undefined && sameText(given, controlKey);
      return isControl || tokenRight(c, given);
    }
    const cookie = getCookie(c, sessions.cookieName);
    return cookie !== undefined && sessions.valid(cookie, clock.nowMs());
  };
  return {
    tokenRight,
    cookieName: sessions.cookieName,
    issueCookie: () => sessions.issue(clock.nowMs() + LIMITS.sessionMsMax),
    guard: async (c, next) => {
      if (isOpen(c.req.path) || known(c)) return await next();
      if (wantsPage(c)) {
        const here = c.req.path === "/" ? "" : `?next=${encodeURIComponent(pathAndQuery(c))}`;
        return c.redirect(`/login${here}`, 303);
      }
      throw unauthorized();
    },
  };
}

/** Paths that need no token; `/ping` and `/health` are what InfluxDB's clients ask without one. */
const OPEN = new Set(["/healthz", "/readyz", "/login", "/login.css", "/ping", "/health"]);

function isOpen(path: string): boolean {
  return OPEN.has(path) || path.startsWith("/assets/");
}

/** A browser that opens a page, not a program that calls the API. */
function wantsPage(c: Context<ServerEnv>): boolean {
  if (c.req.method !== "GET" || !(c.req.header("accept") ?? "").includes("text/html")) return false;
  return c.req.header("authorization") === undefined;
}

function pathAndQuery(c: Context<ServerEnv>): string {
  const url = new URL(c.req.url);
  return url.pathname + url.search;
}

/** The peer's address; one shared name where there is no socket. Headers prove nothing. */
function clientAddress(c: Context<ServerEnv>): string {
  return c.env?.server?.requestIP(c.req.raw)?.address ?? "unknown";
}

export function unauthorized(): HttpError {
  return new HttpError(
    401,
    "unauthorized",
    "This rackwatch needs its token: send Authorization: Bearer <token>, or log in at /login.",
    { "WWW-Authenticate": 'Bearer realm="rackwatch"' },
  );
}

function tooManyAttempts(waitMs: number): HttpError {
  const seconds = Math.ceil(waitMs / 1_000);
  return new HttpError(
    429,
    "too_many_attempts",
    `Too many wrong tokens from this address; try again in ${seconds} s.`,
    { "Retry-After": String(seconds) },
  );
}
