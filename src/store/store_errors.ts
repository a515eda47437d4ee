/**
 * What a driver throws, told apart by what to do about it. Both drivers give `code`: five
 * characters are a SQLSTATE, anything else is the driver's or the socket's own name.
 */
import { StoreError } from "./database.ts";

/** Raised by `rackwatch.advance_checkpoint`: the stored checkpoint is not the one given. */
export const SQL_STATE_STALE_CHECKPOINT = "RW001";
/** Raised by `rackwatch.expect_store`: another store has taken the place of the one expected. */
export const SQL_STATE_STORE_REPLACED = "RW002";
/** Raised by `rackwatch.expect_loading`: another load of the file has begun. */
export const SQL_STATE_LOAD_TAKEN_OVER = "RW003";
/** Raised by `rackwatch.roll_back`: a probe that went well and must leave nothing. */
export const SQL_STATE_PROBE_DONE = "RW000";

/** Class 08 connection; 40 rolled back, try again; 53 no room; 57P0x going down or starting up. */
const UNAVAILABLE_STATES = /^(08...|40...|53...|57P0[1-5]|25P0[34]|55P03)$/;
const UNAVAILABLE_NAMES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
  "ERR_SOCKET_CLOSED",
  "FailedToOpenSocket",
]);

export function toStoreError(cause: unknown, where: string): StoreError {
  if (cause instanceof StoreError) return cause;
  const code = codeOf(cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  if (code !== null && (UNAVAILABLE_NAMES.has(code) || UNAVAILABLE_STATES.test(code))) {
    return new StoreError("unavailable", `The hot store at ${where} is not available: ${message}`, {
      cause,
      ...(isSqlState(code) ? { sqlState: code } : {}),
    });
  }
  if (code === null || !isSqlState(code)) {
    return new StoreError("failed", `The hot store at ${where} failed: ${message}`, { cause });
  }
  if (code === "57014") {
    return new StoreError(
      "failed",
      `The hot store at ${where} gave up on a query that took too long; ask for less at once`,
      { cause, sqlState: code },
    );
  }
  const kind = code === SQL_STATE_STALE_CHECKPOINT || code === SQL_STATE_STORE_REPLACED
    ? "stale_checkpoint"
    : code.startsWith("22") || code.startsWith("23")
    ? "rejected"
    : "failed";
  return new StoreError(kind, `The hot store at ${where} refused: ${message}`, {
    cause,
    sqlState: code,
  });
}

function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && !UNAVAILABLE_NAMES.has(code);
}

function codeOf(cause: unknown): string | null {
  if (typeof cause !== "object" || cause === null || !("code" in cause)) return null;
  return typeof cause.code === "string" ? cause.code : null;
}
