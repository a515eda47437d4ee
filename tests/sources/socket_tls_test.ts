/** Agents over TLS: real sockets, real certificates. */
import { describe, expect, test } from "bun:test";
import { connect, type TLSSocket } from "node:tls";
import { SILENT_LOG } from "../../src/log.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { readCertificate } from "../../src/runtime/certificate.ts";
import { SocketIntake } from "../../src/sources/socket_intake.ts";
import { listen } from "../../src/sources/socket_listen.ts";
import { temporaryDirectory } from "../support/rackwatch.ts";
import { certificateIn, type CertificateName, certificateText } from "../support/tls.ts";
import { Collected } from "./sockets.ts";

async function opened(
  directory: string,
  onBlock: ConstructorParameters<typeof SocketIntake>[0]["onBlock"],
) {
  const intake = new SocketIntake({ onBlock, log: SILENT_LOG });
  const files = await certificateIn(directory, "first");
  const listener = listen({
    hostname: "127.0.0.1",
    port: 0,
    token: null,
    certificate: readCertificate(files, Date.now()),
    intake,
    streamLines: () => 0,
    onConnections: () => {},
    clock: REAL_CLOCK,
    log: SILENT_LOG,
  });
  return { listener, intake };
}

async function dial(port: number, name: CertificateName): Promise<TLSSocket> {
  const ca = await certificateText(name);
  const socket = connect({ host: "127.0.0.1", port, ca });
  await new Promise((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
  });
  return socket;
}

describe("agents over TLS", () => {
  test("their lines come as they were sent, and the last one without its LF too", async () => {
    await using directory = await temporaryDirectory();
    const collected = new Collected();
    const { listener } = await opened(directory.path, collected.onBlock);
    const agent = await dial(listener.port, "first");
    agent.end("one\ntwo\nthree");
    await collected.until(() => collected.all === "one\ntwo\nthree\n");
    listener.stop();
  });

  test("one that speaks in the clear is closed, and hands on nothing", async () => {
    await using directory = await temporaryDirectory();
    const collected = new Collected();
    const { listener } = await opened(directory.path, collected.onBlock);
    const closed = Promise.withResolvers<void>();
    const plain = await Bun.connect({
      hostname: "127.0.0.1",
      port: listener.port,
      socket: { data: () => {}, close: () => closed.resolve() },
    });
    plain.write("in the clear\n");
    await closed.promise;
    const agent = await dial(listener.port, "first");
    agent.end("ciphered\n");
    await collected.until(() => collected.all.includes("ciphered"));
    expect(collected.all).toBe("ciphered\n");
    listener.stop();
  });

  test("are told what is archived, as in the clear", async () => {
    await using directory = await temporaryDirectory();
    const { listener } = await opened(directory.path, () => Promise.resolve());
    const agent = await dial(listener.port, "first");
    const told = Promise.withResolvers<void>();
    let answers = "";
    agent.on("data", (bytes) => {
      answers += String(bytes);
      if (answers.endsWith('{"ack":2}\n')) told.resolve();
    });
    agent.write('{"ack":true}\na\nb\n');
    await told.promise;
    agent.destroy();
    listener.stop();
  });

  test("are paused while lines wait, so that nothing is dropped", async () => {
    await using directory = await temporaryDirectory();
    let bytes = 0;
    const release = Promise.withResolvers<void>();
    const { listener, intake } = await opened(directory.path, async (block) => {
      bytes += block.bytes.length;
      await release.promise;
    });
    const agent = await dial(listener.port, "first");
    const size = 48 * 1024 * 1024;
    const line = Buffer.alloc(1024, "x").fill("\n", 1023);
    const all = Buffer.concat(Array.from({ length: size / 1024 }, () => line));
    const ended = new Promise<void>((resolve) => agent.end(all, () => resolve()));
    while (!intake.stats().paused) await new Promise((resolve) => setImmediate(resolve));
    expect(bytes).toBeLessThan(size);
    release.resolve();
    await ended;
    while (bytes < size) await new Promise((resolve) => setImmediate(resolve));
    expect(bytes).toBe(size);
    listener.stop();
  });

  test("get a renewed certificate when they dial; who is connected goes on", async () => {
    await using directory = await temporaryDirectory();
    await using other = await temporaryDirectory();
    const collected = new Collected();
    const { listener } = await opened(directory.path, collected.onBlock);
    const before = await dial(listener.port, "first");
    listener.renew(readCertificate(await certificateIn(other.path, "second"), Date.now()));
    const after = await dial(listener.port, "second");
    before.write("before\n");
    after.write("after\n");
    await collected.until(() => collected.all.length === "before\nafter\n".length);
    expect([...collected.texts.values()].sort()).toEqual(["after\n", "before\n"]);
    before.destroy();
    after.destroy();
    listener.stop();
  });
});
