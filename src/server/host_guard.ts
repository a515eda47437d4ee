/**
 * Who may speak to the server by which name. A page of another site can make a browser send
 * requests here, and can point its own name at 127.0.0.1 (DNS rebinding): so `Host` must be a name
 * this server is known by, and a request that carries a foreign `Origin` gets nothing. Refuses with
 * 403 and says which setting would allow it.
 */
import type { MiddlewareHandler } from "hono";
import { isLoopback } from "../runtime/address.ts";
import type { ServerConfig, ServerEnv } from "./context.ts";
import { HttpError } from "./http_error.ts";

/** `host` or `host:port` of a `Host` header: lower case, no brackets, no trailing dot. */
export interface HostName {
  readonly hostname: string;
  /** Null where none was written. */
  readonly port: number | null;
}

/** Null where the text is no host: user info, spaces, two colons without brackets. */
export function parseHost(text: string): HostName | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::(\d{1,5}))?$/i.exec(text);
  if (match === null) return null;
  const hostname = (match[1] ?? match[2] ?? "").toLowerCase().replace(/\.$/, "");
  if (hostname === "") return null;
  return { hostname, port: match[3] === undefined ? null : Number(match[3]) };
}

/**
 * Loopback names always; the address it is bound to; the names allowed by configuration. Bound to
 * every address (0.0.0.0, ::), any IP address is fine too: rebinding needs a name.
 */
export function hostAllowed(hostname: string, config: ServerConfig): boolean {
  if (isLoopback(hostname)) return true;
  if (hostname === config.http.hostname.toLowerCase()) return true;
  if (isEveryAddress(config.http.hostname) && isIpAddress(hostname)) return true;
  return config.allowedHosts.some((name) => name.toLowerCase() === hostname);
}

/** Whether an `Origin` is the site the request was sent to; schemes may differ (TLS in front). */
export function sameOrigin(origin: string, host: HostName): boolean {
  const match = /^https?:\/\/([^/?#]*)$/i.exec(origin);
  const from = match === null ? null : parseHost(match[1] ?? "");
  if (from === null) return false;
  return from.hostname === host.hostname && plainPort(from.port) === plainPort(host.port);
}

/** Answers 403 to a `Host` that isn't ours, and to a foreign `Origin` outside plain page loads. */
export function hostGuard(config: ServerConfig): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    const text = c.req.header("host") ?? new URL(c.req.url).host;
    const host = parseHost(text);
    if (host === null || !hostAllowed(host.hostname, config)) throw foreignHost(text);
    const origin = c.req.header("origin");
    if (origin !== undefined && !sameOrigin(origin, host)) throw foreignOrigin(origin, text);
    // Without an Origin (an image, a script): browsers still say when another site asks.
    const embedded = c.req.header("sec-fetch-site") === "cross-site" &&
      c.req.header("sec-fetch-mode") !== "navigate";
    if (embedded) throw foreignOrigin("another site", text);
    await next();
  };
}

function foreignHost(text: string): HttpError {
  return new HttpError(
    403,
    "foreign_host",
    `Cannot answer for host ${
      JSON.stringify(text.slice(0, 253))
    }: rackwatch answers to localhost, ` +
      "to the address it listens on and to the names in allowed_hosts of its configuration.",
  );
}

function foreignOrigin(origin: string, host: string): HttpError {
  return new HttpError(
    403,
    "foreign_origin",
    `Cannot answer a page of ${JSON.stringify(origin.slice(0, 253))}: only pages of ` +
      `${JSON.stringify(host.slice(0, 253))} itself may read or change anything here.`,
  );
}

/** 80 and 443 are what a browser leaves out. */
function plainPort(port: number | null): number | null {
  return port === 80 || port === 443 ? null : port;
}

function isEveryAddress(hostname: string): boolean {
  return hostname === "0.0.0.0" || hostname === "::";
}

function isIpAddress(hostname: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(hostname) || hostname.includes(":");
}
