/**
 * PostgreSQL's wire protocol 3.0, as much of it as a server in front of one session needs: cutting
 * a client's bytes into messages, and the few answers that are ours to give. Pure functions.
 * Source: PostgreSQL documentation, 55.7 Message Formats.
 */

/** A client's message: `type` is its letter, or null for what comes first and has none. */
export interface ClientMessage {
  readonly type: string | null;
  /** The whole message with its header, as it came. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export class WireError extends Error {
  override readonly name = "WireError";
}

export const REQUEST_SSL = 80877103;
export const REQUEST_GSS = 80877104;
export const REQUEST_CANCEL = 80877102;
export const PROTOCOL_3 = 196608;

/** Cuts a client's stream into messages; bounded by `messageBytesMax`. */
export class MessageReader {
  #buffer: Uint8Array = new Uint8Array(0);
  #started = false;
  constructor(readonly messageBytesMax: number) {}

  /** From now on messages carry a letter. */
  start(): void {
    this.#started = true;
  }

  /** @throws WireError when the client sends on and on without waiting for answers. */
  push(chunk: Uint8Array): void {
    if (this.#buffer.length + chunk.length > 2 * this.messageBytesMax) {
      throw new WireError("too much was sent without waiting for answers");
    }
    const joined = new Uint8Array(this.#buffer.length + chunk.length);
    joined.set(this.#buffer);
    joined.set(chunk, this.#buffer.length);
    this.#buffer = joined;
  }

  /** The next whole message, or null until more came. @throws WireError on nonsense. */
  next(): ClientMessage | null {
    const header = this.#started ? 5 : 4;
    const buffer = this.#buffer;
    if (buffer.length < header) return null;
    const length = new DataView(buffer.buffer, buffer.byteOffset).getUint32(header - 4);
    if (length < 4 || length > this.messageBytesMax) {
      throw new WireError(
        `a message must be 4 to ${this.messageBytesMax} bytes long, got ${length}`,
      );
    }
    const total = length + header - 4;
    if (buffer.length < total) return null;
    this.#buffer = buffer.subarray(total);
    return {
      type: this.#started ? String.fromCharCode(buffer[0]!) : null,
      bytes: buffer.slice(0, total),
    };
  }
}

/** The code of a first message: a protocol version, or one of REQUEST_*. */
export function startupCode(message: ClientMessage): number {
  if (message.bytes.length < 8) throw new WireError("the first message is too short");
  return new DataView(message.bytes.buffer, message.bytes.byteOffset).getUint32(4);
}

/** Text of a Query, or of the statement in a Parse. */
export function statementText(message: ClientMessage): string {
  const start = message.type === "P" ? message.bytes.indexOf(0, 5) + 1 : 5;
  const end = message.bytes.indexOf(0, start);
  return new TextDecoder().decode(message.bytes.subarray(start, end));
}

/** The prepared statement that a message names; null where it names none. */
export function statementName(message: ClientMessage): string | null {
  const at = nameStart(message);
  if (at === null) return null;
  return new TextDecoder().decode(message.bytes.subarray(at, message.bytes.indexOf(0, at)));
}

/**
 * The same message with its prepared statement's name made the client's own, since all clients share
 * one session. The unnamed statement keeps no name.
 */
export function withOwnNames(message: ClientMessage, prefix: string): Uint8Array<ArrayBuffer> {
  const at = nameStart(message);
  if (at === null || message.bytes[at] === 0) return message.bytes;
  const added = new TextEncoder().encode(prefix);
  const bytes = new Uint8Array(message.bytes.length + added.length);
  bytes.set(message.bytes.subarray(0, at));
  bytes.set(added, at);
  bytes.set(message.bytes.subarray(at), at + added.length);
  new DataView(bytes.buffer).setUint32(1, bytes.length - 1);
  return bytes;
}

/** Where a statement's name stands: Parse first, Bind after the portal, Describe and Close 'S'. */
function nameStart({ type, bytes }: ClientMessage): number | null {
  if (type === "P") return 5;
  if (type === "B") return bytes.indexOf(0, 5) + 1;
  if ((type === "D" || type === "C") && bytes[5] === "S".charCodeAt(0)) return 6;
  return null;
}

/** AuthenticationOk, what drivers want to know, a key that cancels nothing, ReadyForQuery. */
export function welcome(serverVersion: string): Uint8Array {
  const parameters = {
    server_version: serverVersion,
    server_encoding: "UTF8",
    client_encoding: "UTF8",
    DateStyle: "ISO, YMD",
    IntervalStyle: "postgres",
    TimeZone: "UTC",
    integer_datetimes: "on",
    standard_conforming_strings: "on",
  };
  return joined([
    message("R", [0, 0, 0, 0]),
    ...Object.entries(parameters).map(([name, value]) => message("S", text(name, value))),
    message("K", [0, 0, 0, 0, 0, 0, 0, 0]),
    READY_IDLE,
  ]);
}

const READY_IDLE = message("Z", ["I".charCodeAt(0)]);

/** ReadyForQuery with a transaction's state as it is: I idle, T in one, E in a failed one. */
export function ready(state: "I" | "T" | "E"): Uint8Array {
  return message("Z", [state.charCodeAt(0)]);
}

export function errorResponse(
  severity: "ERROR" | "FATAL",
  sqlState: string,
  words: string,
): Uint8Array {
  return message("E", [
    ...text(`S${severity}`, `V${severity}`, `C${sqlState}`, `M${words}`),
    0,
  ]);
}

/** State named by the last ReadyForQuery in an answer; null where there is none. */
export function readyState(answer: Uint8Array): "I" | "T" | "E" | null {
  const at = answer.length - 6;
  if (at < 0 || answer[at] !== "Z".charCodeAt(0) || answer[at + 4] !== 5) return null;
  const state = String.fromCharCode(answer[at + 5]!);
  return state === "I" || state === "T" || state === "E" ? state : null;
}

function text(...strings: string[]): number[] {
  return [...new TextEncoder().encode(strings.map((one) => one + "\0").join(""))];
}

function message(type: string, body: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(body.length + 5);
  bytes[0] = type.charCodeAt(0);
  new DataView(bytes.buffer).setUint32(1, body.length + 4);
  bytes.set(body, 5);
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
