/** Database addresses: read, shown without their secrets, pointed at another database. */

/** `host:port/database`: what logs, messages and the page may show. Never user or password. */
export function describeUrl(url: string): string {
  const parsed = parseUrl(url);
  const host = parsed.hostname || parsed.searchParams.get("host") || "localhost";
  return `${host}:${parsed.port || "5432"}/${databaseName(url)}`;
}

/** The database an address names; PostgreSQL's own default, the user's name, where it names none. */
export function databaseName(url: string): string {
  const parsed = parseUrl(url);
  return decodeURIComponent(parsed.pathname.slice(1)) || decodeURIComponent(parsed.username) ||
    "postgres";
}

/** The same server and user, another database. */
export function withDatabase(url: string, database: string): string {
  const parsed = parseUrl(url);
  parsed.pathname = "/" + encodeURIComponent(database);
  return parsed.toString();
}

/** Throws a TypeError that says what is wrong and shows nothing of the address but its scheme. */
function parseUrl(url: string): URL {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new TypeError(
      "Cannot read the database address: expected postgres://user:password@host:port/database, " +
        "with special characters in the password percent-encoded",
    );
  }
  if (parsed.protocol !== "postgres:" && parsed.protocol !== "postgresql:") {
    throw new TypeError(
      `Cannot use the database address: expected postgres://…, got ${parsed.protocol}//…`,
    );
  }
  return parsed;
}
