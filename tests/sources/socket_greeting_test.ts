import { expect, test } from "bun:test";
import { mayGreet, readGreeting } from "../../src/sources/socket_greeting.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (line: string, token: string | null = null) =>
  readGreeting(bytes(line), token === null ? null : (given) => given === token);
const welcome = (stream: string | null) => ({ kind: "welcome", ack: { stream } }) as const;
const NO_ACK = { kind: "welcome", ack: null } as const;

for (
  const [line, expected] of [
    ['{"ack":true}', welcome(null)],
    ['{"ack":true,"stream":"agent-7"}\r', welcome("agent-7")],
    ['\ufeff{ "stream": "a", "ack": true }', welcome("a")],
    ['{"token":"not asked for","ack":true,"stream":"a"}', welcome("a")],
  ] as const
) {
  test(`without a token, ${JSON.stringify(line)} asks for acknowledgements`, () => {
    expect(read(line)).toEqual(expected);
  });
}

for (
  const line of [
    '{"host_id":"h","temp_c":1}',
    '{"host_id":"h","ack":true,"stream":"a"}',
    '{"token":"x"}',
    "[true]",
    "null",
    "{}",
    "",
    "not json",
  ]
) {
  test(`without a token, ${JSON.stringify(line)} is telemetry`, () => {
    expect(read(line)).toEqual({ kind: "line" });
  });
}

for (
  const [line, rule] of [
    ['{"ack":false}', '"ack" must be true, got false'],
    ['{"stream":"a"}', '"ack" must be true, got nothing'],
    ['{"ack":true,"stream":7}', '"stream" must be 1–128 visible ASCII characters, got 7'],
    ['{"ack":true,"stream":""}', '"stream" must be'],
    ['{"ack":true,"stream":"a b"}', '"stream" must be'],
    [`{"ack":true,"stream":"${"x".repeat(129)}"}`, '"stream" must be'],
  ] as const
) {
  test(`a greeting that breaks a rule is told which: ${line.slice(0, 30)}`, () => {
    const greeting = read(line);
    expect(greeting).toMatchObject({ kind: "refused", code: "invalid_greeting" });
    expect(greeting.kind === "refused" && greeting.message).toContain(rule);
  });
}

test("with a token, it comes first, and acknowledgements may be asked for beside it", () => {
  expect(read('{"token":"s"}', "s")).toEqual(NO_ACK);
  expect(read('{"token":"s","agent":"as ever"}', "s")).toEqual(NO_ACK);
  expect(read('{"token":"s","ack":true,"stream":"a"}', "s")).toEqual(welcome("a"));
  expect(read('{"ack":true,"stream":"a"}', "s")).toMatchObject({ code: "unauthorized" });
  expect(read('{"token":"t","ack":true}', "s")).toMatchObject({ code: "unauthorized" });
  expect(read('{"token":"s","ack":true,"steam":"a"}', "s")).toMatchObject({
    code: "invalid_greeting",
    message:
      'Cannot acknowledge: in the first line it has "token", "ack" and "stream" only, got "steam"',
  });
});

test("a line that begins as an object may be a greeting, another may not", () => {
  expect(["", " ", "{", ' {"a'].map((text) => mayGreet(bytes(text)))).not.toContain(false);
  expect(["[", "x", ' "'].map((text) => mayGreet(bytes(text)))).not.toContain(true);
});
