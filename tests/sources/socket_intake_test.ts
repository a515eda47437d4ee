import { expect, test } from "bun:test";
import { SILENT_LOG } from "../../src/log.ts";
import { SocketIntake } from "../../src/sources/socket_intake.ts";
import { Client, Collected, lines, listening } from "./sockets.ts";

test("SocketIntake pauses senders while its queue is full, and loses not a byte", async () => {
  const collected = new Collected();
  const release: (() => void)[] = [];
  let queuedMax = 0;
  const intake: SocketIntake = new SocketIntake({
    queueBytesMax: 1_000_000,
    log: SILENT_LOG,
    onBlock(block, id) {
      collected.onBlock(block, id);
      return new Promise((resolve) => {
        release.push(resolve);
        queueMicrotask(() => {
          queuedMax = Math.max(queuedMax, intake.stats().queuedBytes);
        });
      });
    },
  });
  const { listener } = listening(collected, { intake });
  const text = lines(200_000);
  new Client(listener.port).send(text).end();
  new Client(listener.port).send(text).end();
  const timer = setInterval(() => {
    if (intake.paused || intake.stats().connections === 0) {
      for (const done of release.splice(0)) done();
    }
    collected.look();
  }, 1);
  await collected.until(() => intake.stats().bytes === 2 * text.length);
  for (const done of release.splice(0)) done();
  await intake.idle();
  clearInterval(timer);
  expect([...collected.texts.values()].every((got) => got === text)).toBe(true);
  expect(intake.stats().pauses).toBeGreaterThan(3);
  expect(queuedMax).toBeLessThan(4_000_000);
  expect(intake.stats()).toMatchObject({ queuedBytes: 0, paused: false });
  listener.stop();
}, 20_000);

test("SocketIntake says so when lines can't be handed on, and goes on", async () => {
  const failures: unknown[] = [];
  const collected = new Collected();
  let calls = 0;
  const intake = new SocketIntake({
    log: SILENT_LOG,
    onFailure: (error) => failures.push(error),
    onBlock(block, id) {
      collected.onBlock(block, id);
      if (++calls === 1) throw new Error("thrown");
      return Promise.reject(new Error("rejected"));
    },
  });
  const { listener } = listening(collected, { intake });
  const client = new Client(listener.port).send("1\n");
  await collected.until(() => collected.all === "1\n");
  client.send("2\n");
  await collected.until(() => collected.all === "1\n2\n");
  await intake.idle();
  expect(failures.map((error) => (error as Error).message)).toEqual(["thrown", "rejected"]);
  expect(intake.stats().queuedBytes).toBe(0);
  listener.stop();
});

test("SocketIntake closes the connection whose unfinished line would take too much memory", async () => {
  const collected = new Collected();
  const intake = new SocketIntake({
    onBlock: collected.onBlock,
    log: SILENT_LOG,
    unfinishedBytesMax: 100_000,
  });
  const { listener } = listening(collected, { intake });
  const greedy = new Client(listener.port).send("x".repeat(200_000));
  await greedy.closed;
  expect(greedy.heard).toContain('"line_too_long"');
  const good = new Client(listener.port).send('{"a":1}\n').end();
  await collected.until(() => collected.all.includes('{"a":1}\n'));
  await good.closed;
  listener.stop();
});
