/**
 * google.rpc.Status, in which OTLP tells errors: code and message.
 * https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto
 *
 *     message Status { int32 code = 1; string message = 2; }
 */

/** Of google.rpc.Code, by HTTP status; otherwise INVALID_ARGUMENT below 500, INTERNAL above. */
const CODES: Readonly<Record<number, number>> = {
  408: 4, // DEADLINE_EXCEEDED
  413: 8, // RESOURCE_EXHAUSTED
  415: 12, // UNIMPLEMENTED
  429: 8,
  503: 14, // UNAVAILABLE
};
const INVALID_ARGUMENT = 3;
const INTERNAL = 13;

/** Field 1 as a varint, field 2 with its length: https://protobuf.dev/programming-guides/encoding/ */
const CODE_TAG = 0x08;
const MESSAGE_TAG = 0x12;

export function statusMessage(
  httpStatus: number,
  message: string,
  coding: "protobuf" | "json",
): Uint8Array {
  const code = CODES[httpStatus] ?? (httpStatus < 500 ? INVALID_ARGUMENT : INTERNAL);
  const encoder = new TextEncoder();
  if (coding === "json") return encoder.encode(JSON.stringify({ code, message }) + "\n");
  const text = encoder.encode(message);
  return Uint8Array.of(CODE_TAG, code, MESSAGE_TAG, ...varint(text.length), ...text);
}

/** Seven bits a byte, the lowest first; all but the last have the high bit. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}
