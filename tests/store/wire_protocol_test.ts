import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  type ClientMessage,
  errorResponse,
  MessageReader,
  PROTOCOL_3,
  readyState,
  startupCode,
  statementName,
  statementText,
  welcome,
  WireError,
  withOwnNames,
} from "../../src/store/wire_protocol.ts";

function encode(type: string, body: string): Uint8Array<ArrayBuffer> {
  const words = new TextEncoder().encode(body);
  const bytes = new Uint8Array(words.length + 5);
  bytes[0] = type.charCodeAt(0);
  new DataView(bytes.buffer).setUint32(1, words.length + 4);
  bytes.set(words, 5);
  return bytes;
}

function message(type: string, body: string): ClientMessage {
  return { type, bytes: encode(type, body) };
}

const STARTUP = new Uint8Array([0, 0, 0, 8, 0, 3, 0, 0]);

test("messages are the same wherever the stream was cut", () => {
  const bodies = fc.array(fc.tuple(fc.constantFrom("Q", "P", "B", "S"), fc.string()));
  fc.assert(fc.property(bodies, fc.array(fc.nat(200)), (sent, cuts) => {
    const stream = Buffer.concat([STARTUP, ...sent.map(([type, body]) => encode(type, body))]);
    const reader = new MessageReader(10_000);
    const seen: (string | null)[] = [];
    const take = () => {
      for (let next = reader.next(); next !== null; next = reader.next()) {
        if (next.type === null) reader.start();
        seen.push(next.type === null ? null : Buffer.from(next.bytes).toString("hex"));
      }
    };
    const places = [...cuts.map((cut) => Math.min(cut, stream.length)), stream.length];
    places.sort((a, b) => a - b);
    let from = 0;
    for (const place of places) {
      reader.push(stream.subarray(from, place));
      take();
      from = place;
    }
    expect(seen).toEqual([
      null,
      ...sent.map(([type, body]) => Buffer.from(encode(type, body)).toString("hex")),
    ]);
  }));
});

test("a message longer than the limit, or of no length, is refused", () => {
  for (const length of [0, 3, 10_001, 0xffffffff]) {
    const reader = new MessageReader(10_000);
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setUint32(0, length);
    reader.push(bytes);
    expect(() => reader.next()).toThrow(WireError);
  }
});

test("a client that sends on and on is refused", () => {
  const reader = new MessageReader(1_000);
  reader.push(new Uint8Array(1_500));
  expect(() => reader.push(new Uint8Array(600))).toThrow(WireError);
});

test("the startup message says its protocol", () => {
  expect(startupCode({ type: null, bytes: STARTUP })).toBe(PROTOCOL_3);
});

test("statement texts are found in Query and Parse", () => {
  expect(statementText(message("Q", "select 1\0"))).toBe("select 1");
  expect(statementText(message("P", "name\0select $1\0\0\0"))).toBe("select $1");
});

test("statement names become the client's own, and nothing else changes", () => {
  const named = [
    message("P", "s1\0select 1\0\0\0"),
    message("B", "portal\0s1\0\0\0\0\0\0\0"),
    message("D", "Ss1\0"),
    message("C", "Ss1\0"),
  ];
  for (const one of named) {
    const type = one.type!;
    expect(statementName(one)).toBe("s1");
    const renamed = withOwnNames(one, "c7_");
    expect(statementName({ type, bytes: renamed })).toBe("c7_s1");
    expect(new DataView(renamed.buffer).getUint32(1)).toBe(renamed.length - 1);
    expect(Buffer.from(renamed.subarray(5)).toString().replace("c7_", ""))
      .toBe(Buffer.from(one.bytes.subarray(5)).toString());
  }
});

test("unnamed statements, portals and other messages stay as they are", () => {
  for (
    const one of [
      message("P", "\0select 1\0\0\0"),
      message("B", "portal\0\0\0\0\0\0\0\0"),
      message("D", "Pportal\0"),
      message("E", "s1\0\0\0\0\0"),
      message("Q", "s1\0"),
    ]
  ) expect(withOwnNames(one, "c7_")).toEqual(one.bytes);
});

test("an answer's last state is read from its end", () => {
  expect(readyState(welcome("18"))).toBe("I");
  expect(readyState(Buffer.concat([encode("C", "BEGIN\0"), encode("Z", "T")]))).toBe("T");
  expect(readyState(errorResponse("ERROR", "22012", "division by zero"))).toBeNull();
  expect(readyState(new Uint8Array(0))).toBeNull();
});
