/**
 * The token that a program gives. `Authorization: Bearer` everywhere; where agents bring lines also
 * in the ways that they know: `Authorization: Token <token>` (InfluxDB 2), `Authorization: Basic`
 * with the token as password, and on InfluxDB's paths `?u=<anything>&p=<token>` (InfluxDB 1).
 */
import { isInfluxPath, isIngestPath } from "./ingest_paths.ts";

export interface GivenBy {
  readonly path: string;
  /** The `Authorization` header. */
  readonly header: string | undefined;
  /** The query parameter `p`. */
  readonly password: string | undefined;
}

/** The token; null where what is given holds none, undefined where nothing is given. */
export function givenToken({ path, header, password }: GivenBy): string | null | undefined {
  if (header === undefined) return isInfluxPath(path) ? password : undefined;
  const [, scheme = "", value = ""] = /^([a-z]+) +(.*?) *$/i.exec(header) ?? [];
  switch (scheme.toLowerCase()) {
    case "bearer":
      return value;
    case "token":
      return isIngestPath(path) ? value : null;
    case "basic":
      return isIngestPath(path) ? passwordOf(value) : null;
    default:
      return null;
  }
}

/** RFC 7617: base64 of `user:password`; the password may hold colons. */
function passwordOf(base64: string): string | null {
  const text = Buffer.from(base64, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon === -1 ? null : text.slice(colon + 1);
}
