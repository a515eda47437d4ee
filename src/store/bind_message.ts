/**
 * PostgreSQL's Bind message (its documentation, 55.7 Message Formats), written into one buffer of the
 * right size. `pg` makes one that grows with each parameter: of a batch's columns several megabytes
 * are copied and thrown away on the way.
 *
 *     'B' │ length: 4 │ portal, 0 │ statement, 0
 *     number of formats: 2 │ each: 2, 0 text, 1 binary
 *     number of parameters: 2 │ each: bytes that follow: 4, or -1 for a null │ value
 *     number of result formats: 2 = 1 │ 2, 0 text
 */
import { binaryArrayBytesMax, writeBinaryArray } from "./binary_array.ts";
import type { Column, SqlValue } from "./database.ts";
import { encodeValue } from "./encode.ts";

const BIND = "B".charCodeAt(0);
const NULL_LENGTH = -1;

/** Answers come as text, from the portal without a name. @param statement A prepared one's name. */
export function bindMessage(statement: string, values: readonly (SqlValue | Column)[]): Uint8Array {
  const encoded = values.map((value) => ArrayBuffer.isView(value) ? value : encodeValue(value));
  const bytes = Buffer.allocUnsafe(bytesMax(statement, encoded));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setUint8(0, BIND);
  view.setUint8(5, 0);
  let at = 6 + bytes.write(statement, 6);
  view.setUint8(at++, 0);
  view.setInt16(at, encoded.length);
  at += 2;
  for (const value of encoded) {
    view.setInt16(at, ArrayBuffer.isView(value) ? 1 : 0);
    at += 2;
  }
  view.setInt16(at, encoded.length);
  at += 2;
  for (const value of encoded) at = writeParameter(bytes, view, at, value);
  view.setInt16(at, 1);
  view.setInt16(at + 2, 0);
  at += 4;
  view.setInt32(1, at - 1);
  return bytes.subarray(0, at);
}

function bytesMax(statement: string, encoded: readonly (string | null | Column)[]): number {
  let bytes = 5 + 1 + Buffer.byteLength(statement) + 1 + 2 + 2 + 4;
  for (const value of encoded) {
    bytes += 6;
    if (ArrayBuffer.isView(value)) bytes += binaryArrayBytesMax(value);
    else if (value !== null) bytes += Buffer.byteLength(value);
  }
  return bytes;
}

function writeParameter(
  bytes: Buffer,
  view: DataView,
  at: number,
  value: string | null | Column,
): number {
  const start = at + 4;
  if (value === null) {
    view.setInt32(at, NULL_LENGTH);
    return start;
  }
  const end = ArrayBuffer.isView(value)
    ? writeBinaryArray(view, start, value)
    : start + bytes.write(value, start);
  view.setInt32(at, end - start);
  return end;
}
