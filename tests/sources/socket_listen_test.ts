import { expect, test } from "bun:test";
import { Client, Collected, listening, ManualClock } from "./sockets.ts";

test("listen hands each connection's lines on under its own id", async () => {
  const collected = new Collected();
  const { listener } = listening(collected);
  new Client(listener.port).send('{"a":1}\n{"a":2}\n').end();
  new Client(listener.port).send('{"b":1}\n{"b":2}\n').end();
  await collected.until(() => collected.all.length === 32);
  expect([...collected.texts.values()].sort()).toEqual([
    '{"a":1}\n{"a":2}\n',
    '{"b":1}\n{"b":2}\n',
  ]);
  listener.stop();
});

test("listen gives one-byte slices the same lines as a whole", async () => {
  const collected = new Collected();
  const { listener } = listening(collected);
  const text = '{"a":"é"}\r\n\n{"b":2}\n';
  const client = new Client(listener.port);
  for (const byte of new TextEncoder().encode(text)) client.send(Uint8Array.of(byte));
  await collected.until(() => collected.all.length >= text.length);
  expect(collected.all).toBe(text);
  listener.stop();
});

test("listen hands on the unfinished line of a peer that vanishes", async () => {
  const collected = new Collected();
  const { listener, intake } = listening(collected);
  const client = new Client(listener.port).send('{"a":1}\n{"a":');
  await collected.until(() => collected.all !== "");
  client.vanish();
  await collected.until(() => collected.all === '{"a":1}\n{"a":\n');
  expect(intake.stats()).toMatchObject({ lines: 2, bytes: 14 });
  listener.stop();
});

test("listen refuses a connection over the limit with a line that says so", async () => {
  const collected = new Collected();
  const refused: string[] = [];
  const onRefused = (code: string) => refused.push(code);
  const { listener, intake } = listening(collected, { connectionsMax: 1, onRefused });
  const first = new Client(listener.port).send('{"a":1}\n');
  await collected.until(() => collected.all !== "");
  const second = new Client(listener.port).send('{"b":1}\n');
  await second.closed;
  expect(JSON.parse(second.heard)).toEqual({
    error: { code: "too_many_connections", message: "at most 1 connections; try again later" },
  });
  expect(refused).toEqual(["too_many_connections"]);
  first.send('{"a":2}\n').end();
  await collected.until(() => collected.all === '{"a":1}\n{"a":2}\n');
  await first.closed;
  await collected.until(() => intake.stats().connections === 0);
  listener.stop();
});

test("listen takes lines after the right token and never hands the token on", async () => {
  const collected = new Collected();
  const { listener } = listening(collected, { token: "s3cret" });
  const client = new Client(listener.port);
  for (const part of ['{"tok', 'en": "s3c', 'ret"}\r\n{"a":1}\n{"a', '":2}\n']) client.send(part);
  await collected.until(() => collected.all === '{"a":1}\n{"a":2}\n');
  client.end();
  listener.stop();
});

const WRONG_GREETINGS = [
  '{"token":"wrong"}\n',
  '{"token":1}\n',
  "null\n",
  '{"a":1}\n',
  "\n",
  "x".repeat(5_000),
];
for (const greeting of WRONG_GREETINGS) {
  test(`listen with a token refuses ${JSON.stringify(greeting.slice(0, 20))}`, async () => {
    const collected = new Collected();
    const { listener } = listening(collected, { token: "s3cret" });
    const client = new Client(listener.port).send(greeting + '{"token":"s3cret"}\n{"a":1}\n');
    await client.closed;
    expect(JSON.parse(client.heard)).toMatchObject({ error: { code: "unauthorized" } });
    expect(collected.all).toBe("");
    listener.stop();
  });
}

test("listen cuts an agent that is quiet for too long, and only that one", async () => {
  const collected = new Collected();
  const clock = new ManualClock();
  const { listener } = listening(collected, { clock, idleMsMax: 4_000 });
  const quiet = new Client(listener.port).send("1\n");
  await collected.until(() => collected.all === "1\n");
  clock.advance(3_000);
  const busy = new Client(listener.port).send("2\n");
  await collected.until(() => collected.all === "1\n2\n");
  clock.advance(1_000);
  await quiet.closed;
  expect(quiet.heard).toContain('"idle"');
  busy.send("3\n");
  await collected.until(() => collected.all === "1\n2\n3\n");
  listener.stop();
});

test("listen cuts an agent that owes its token for too long", async () => {
  const collected = new Collected();
  const clock = new ManualClock();
  let connections = 0;
  const { listener } = listening(collected, {
    clock,
    token: "s3cret",
    onConnections: (count) => {
      connections = count;
      collected.look();
    },
  });
  const client = new Client(listener.port).send("{");
  await collected.until(() => connections === 1);
  clock.advance(12_000);
  await client.closed;
  expect(client.heard).toContain("no token within 10000 ms");
  expect(connections).toBe(0);
  listener.stop();
});

test("listen names the address that can't be had", () => {
  const { listener } = listening(new Collected());
  expect(() => listening(new Collected(), { port: listener.port })).toThrow(
    `Cannot listen on 127.0.0.1:${listener.port}`,
  );
  listener.stop();
});
