/**
 * The first line of an agent's connection: may it send, and does it want acknowledgements. Decides
 * on whole lines; knows nothing of sockets.
 *
 * ```
 * {"token": "…"}                                 as asked for where a token is set
 * {"ack": true}                                  tell me how many lines of this connection you have
 * {"ack": true, "stream": "agent-7"}             … of this stream, over all connections
 * {"token": "…", "ack": true, "stream": "agent-7"}
 * ```
 *
 * An object of these keys and no others, with `ack` or `stream` among them, is never a line of
 * telemetry: it says nothing of a host. Any other first line is one, where no token is set.
 */
import { isObject } from "../model/record.ts";
import { isStreamId, STREAM_ID_RULE } from "../model/stream.ts";

export type Greeting =
  /** No greeting: the line is telemetry. */
  | { readonly kind: "line" }
  /** `ack`: null where none are wanted; its `stream` is null where only the connection counts. */
  | { readonly kind: "welcome"; readonly ack: { readonly stream: string | null } | null }
  | {
    readonly kind: "refused";
    readonly code: "unauthorized" | "invalid_greeting";
    readonly message: string;
  };

const KEYS: readonly string[] = ["token", "ack", "stream"];

export const TOKEN_RULE = 'the first line must be {"token": "…"} with the token';

/** Whether a token may send; null where none is asked for. */
export type IsToken = ((given: string) => boolean) | null;

export function readGreeting(line: Uint8Array, isToken: IsToken): Greeting {
  const value = parse(line);
  const stranger = Object.keys(value ?? {}).find((key) => !KEYS.includes(key));
  const asks = value !== null && ("ack" in value || "stream" in value);
  if (isToken === null && (!asks || stranger !== undefined)) return { kind: "line" };
  const token = value?.["token"];
  if (isToken !== null && !(typeof token === "string" && isToken(token))) {
    return { kind: "refused", code: "unauthorized", message: TOKEN_RULE };
  }
  if (!asks) return { kind: "welcome", ack: null };
  const { ack, stream } = value;
  if (stranger !== undefined) {
    return invalid(`it has "token", "ack" and "stream" only, got ${quoted(stranger)}`);
  }
  if (ack !== true) return invalid(`"ack" must be true, got ${quoted(ack)}`);
  if (stream !== undefined && !isStreamId(stream)) {
    return invalid(`"stream" must be ${STREAM_ID_RULE}, got ${quoted(stream)}`);
  }
  return { kind: "welcome", ack: { stream: stream ?? null } };
}

/** Whether a line that begins so can still be a greeting. */
export function mayGreet(beginning: Uint8Array): boolean {
  const text = new TextDecoder().decode(beginning).trimStart();
  return text === "" || text.startsWith("{");
}

function invalid(rule: string): Greeting {
  return {
    kind: "refused",
    code: "invalid_greeting",
    message: `Cannot acknowledge: in the first line ${rule}`,
  };
}

const SHOWN_CHARS_MAX = 60;

function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
}

function parse(line: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(line));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
