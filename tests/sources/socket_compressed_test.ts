/** Agents whose connections are compressed: real sockets, in the clear and over TLS. */
import { LIMITS } from "../../src/limits.ts";
import { describe, expect, test } from "bun:test";
import { connect as connectTcp } from "node:net";
import { connect } from "node:tls";
import * as zlib from "node:zlib";
import { SILENT_LOG } from "../../src/log.ts";
import { readCertificate } from "../../src/runtime/certificate.ts";
import { SocketIntake } from "../../src/sources/socket_intake.ts";
import { temporaryDirectory } from "../support/rackwatch.ts";
import { certificateIn, certificateText } from "../support/tls.ts";
import { Client, Collected, lines, listening } from "./sockets.ts";

const FORMATS = [
  { format: "gzip", pack: (text: string | Uint8Array) => zlib.gzipSync(text) },
  { format: "zstd", pack: (text: string | Uint8Array) => zlib.zstdCompressSync(text) },
] as const;

for (const { format, pack } of FORMATS) {
  describe(`listen, connections of ${format}`, () => {
    test("hands the content on, several members cut byte by byte", async () => {
      const collected = new Collected();
      const { listener, intake } = listening(collected);
      const client = new Client(listener.port);
      const stream = Buffer.concat([pack('{"a":1}\n{"a"'), pack(':2}\n{"a":3}')]);
      for (const byte of stream) client.send(Uint8Array.of(byte));
      client.end();
      await client.closed;
      await collected.until(() => collected.all === '{"a":1}\n{"a":2}\n{"a":3}\n');
      expect(intake.stats()).toMatchObject({ lines: 3, bytes: 24, connections: 0 });
      listener.stop();
    });

    test("takes the token as the content's first line, and never hands it on", async () => {
      const collected = new Collected();
      const { listener } = listening(collected, { token: "s3cret" });
      new Client(listener.port).send(pack('{"token":"s3cret"}\n{"a":1}\n'));
      await collected.until(() => collected.all === '{"a":1}\n');
      const wrong = new Client(listener.port).send(pack('{"token":"wrong"}\n{"b":1}\n'));
      await wrong.closed;
      expect(wrong.heard).toContain('"unauthorized"');
      expect(collected.all).toBe('{"a":1}\n');
      listener.stop();
    });

    test("acknowledges the content's lines, the last number before the end", async () => {
      const collected = new Collected();
      const { listener } = listening(collected, { streamLines: () => 7 });
      const agent = connectTcp({ port: listener.port, host: "127.0.0.1", allowHalfOpen: true });
      agent.end(pack('{"ack":true,"stream":"s"}\na\nb\n'));
      let heard = "";
      for await (const bytes of agent) heard += bytes;
      expect(heard).toEndWith('{"ack":9}\n');
      expect(collected.all).toBe("a\nb\n");
      listener.stop();
    });

    test("keeps the lines before a fault, not the one it is in, and says where it is", async () => {
      const collected = new Collected();
      let broken = 0;
      const { listener } = listening(collected, { onBrokenStream: () => broken++ });
      const stream = Buffer.concat([pack("one\ntwo"), Buffer.from("and now in the clear\n")]);
      const client = new Client(listener.port).send(stream);
      await client.closed;
      expect(JSON.parse(client.heard).error.code).toBe("damaged_stream");
      expect(client.heard).toMatch(/at its offset \d+, after 7 bytes of content/);
      expect(collected.all).toBe("one\n");
      expect(broken).toBe(1);
      listener.stop();
    });

    test("keeps what came of a peer that vanishes, and counts its stream as broken", async () => {
      const collected = new Collected();
      let broken = 0;
      const { listener } = listening(collected, {
        onBrokenStream: () => {
          broken++;
          collected.look();
        },
      });
      const whole = pack(lines(100));
      const client = new Client(listener.port);
      client.send(pack("first\n")).send(whole.subarray(0, whole.length - 6));
      await collected.until(() => collected.all.startsWith("first\n"));
      client.vanish();
      await collected.until(() => broken === 1);
      expect(collected.all).toStartWith("first\n");
      listener.stop();
    });

    test("pauses the sender while lines wait, and loses not a byte", async () => {
      let bytes = 0;
      let held = 0;
      const release = Promise.withResolvers<void>();
      const intake = new SocketIntake({
        queueBytesMax: 1_000_000,
        log: SILENT_LOG,
        onBlock: async (block) => {
          bytes += block.bytes.length;
          await release.promise;
        },
      });
      const collected = new Collected();
      const { listener } = listening(collected, { intake });
      const text = Buffer.from(lines(200_000));
      const client = new Client(listener.port).send(pack(text)).end();
      while (!intake.paused) await new Promise((resolve) => setImmediate(resolve));
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
      held = bytes;
      release.resolve();
      await client.closed;
      while (intake.stats().connections > 0) await new Promise((resolve) => setImmediate(resolve));
      await intake.idle();
      expect(held).toBeLessThan(1_500_000);
      expect(bytes).toBe(text.length);
      listener.stop();
    });

    test("hands on at a stop what it has taken", async () => {
      const collected = new Collected();
      const { listener, intake } = listening(collected);
      const text = lines(20_000);
      const client = new Client(listener.port).send(pack(text));
      await collected.until(() => collected.all !== "");
      listener.stop();
      await intake.idle();
      await client.closed;
      expect(collected.all).toEndWith("\n");
      expect(text.startsWith(collected.all.slice(0, -1))).toBe(true);
      expect(intake.stats()).toMatchObject({ connections: 0, queuedBytes: 0 });
    });

    test("works over TLS", async () => {
      await using directory = await temporaryDirectory();
      const files = await certificateIn(directory.path, "first");
      const collected = new Collected();
      const certificate = readCertificate(files, Date.now());
      const { listener } = listening(collected, { certificate });
      const ca = await certificateText("first");
      const socket = connect({ host: "127.0.0.1", port: listener.port, ca });
      socket.on("error", () => {});
      socket.end(pack("one\ntwo\n"));
      await collected.until(() => collected.all === "one\ntwo\n");
      listener.stop();
    });
  });
}

test("listen takes a first byte that only might be compressed as it is", async () => {
  const collected = new Collected();
  const { listener } = listening(collected);
  new Client(listener.port).send("(").end();
  await collected.until(() => collected.all === "(\n");
  listener.stop();
});

test("listen closes one compressed connection too many, and takes it after another's end", async () => {
  const collected = new Collected();
  const { listener, intake } = listening(collected, {
    decodersBytesMax: 1.5 * LIMITS.gzipDecoderBytes,
    onConnections: () => collected.look(),
  });
  const first = new Client(listener.port).send(zlib.gzipSync("one\n"));
  await collected.until(() => collected.all === "one\n");
  const second = new Client(listener.port).send(zlib.gzipSync("two\n"));
  await second.closed;
  expect(second.heard).toContain('"too_many_compressed"');
  first.end();
  await collected.until(() => intake.stats().connections === 0);
  new Client(listener.port).send(zlib.gzipSync("three\n"));
  await collected.until(() => collected.all === "one\nthree\n");
  listener.stop();
});

test("listen leaves most of the room to those who have shown their token", async () => {
  const collected = new Collected();
  const { listener } = listening(collected, {
    token: "secret",
    decodersBytesMax: 4 * LIMITS.gzipDecoderBytes,
  });
  const known = new Client(listener.port).send(zlib.gzipSync('{"token":"secret"}\none\n'));
  await collected.until(() => collected.all === "one\n");
  // The one that was let in holds nothing of the guests' share: the next guest has room, once.
  const guests = [1, 2].map(() => new Client(listener.port).send(zlib.gzipSync("").subarray(0, 4)));
  const [first, second] = guests.map(({ closed }, index) => closed.then(() => index));
  const refused = guests[await Promise.race([first!, second!])]!;
  expect(refused.heard).toContain('"too_many_compressed"');
  known.end();
  listener.stop();
});
