import { expect, test } from "bun:test";
import { connect } from "node:net";
import { SILENT_LOG } from "../../src/log.ts";
import { AckWriter } from "../../src/sources/socket_acks.ts";
import { SocketIntake } from "../../src/sources/socket_intake.ts";
import { Client, Collected, lines, listening } from "./sockets.ts";

/** A socket that takes as many bytes as it is allowed. */
class NarrowSocket {
  text = "";
  room = 0;
  write(bytes: Uint8Array): number {
    const taken = Math.min(this.room, bytes.length);
    this.text += new TextDecoder().decode(bytes.subarray(0, taken));
    this.room -= taken;
    return taken;
  }
}

test("AckWriter writes numbers of one turn as one line", async () => {
  const socket = new NarrowSocket();
  socket.room = 1_000;
  const acks = new AckWriter(socket);
  for (let lines = 1; lines <= 50; lines++) acks.tell(lines);
  await Promise.resolve();
  expect(socket.text).toBe('{"ack":50}\n');
});

test("AckWriter keeps one line and one number for a peer that reads nothing", async () => {
  const socket = new NarrowSocket();
  const acks = new AckWriter(socket);
  socket.room = 4;
  for (let lines = 1; lines <= 10_000; lines++) {
    acks.tell(lines);
    await Promise.resolve();
  }
  expect(socket.text).toBe('{"ac');
  socket.room = 1_000;
  acks.flush();
  expect(socket.text).toBe('{"ack":1}\n{"ack":10000}\n');
});

test("AckWriter hands the rest of a begun line, and the newest number, to whoever ends it", async () => {
  const socket = new NarrowSocket();
  const acks = new AckWriter(socket);
  socket.room = 4;
  acks.tell(1);
  await Promise.resolve();
  acks.tell(2);
  expect(new TextDecoder().decode(acks.end(true))).toBe('k":1}\n{"ack":2}\n');
  acks.flush();
  expect(socket.text).toBe('{"ac');
});

/** A listener whose archive confirms when the test says so; knows streams as the archive would. */
function archiving() {
  const collected = new Collected();
  const confirmations: (() => void)[] = [];
  const counts = new Map<string, number>();
  const intake = new SocketIntake({
    log: SILENT_LOG,
    onBlock: (block, id, stream) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      confirmations.push(() => {
        if (stream !== undefined) counts.set(stream.stream, stream.lines);
        resolve();
      });
      collected.onBlock(block, id);
      return promise;
    },
  });
  const { listener } = listening(collected, {
    intake,
    streamLines: (stream) => counts.get(stream) ?? 0,
  });
  const confirm = () => confirmations.splice(0).forEach((one) => one());
  return { collected, confirm, counts, intake, listener };
}

/** A client that can end its sending side and go on hearing; `heard` is all, up to the other end. */
function halfClosing(port: number) {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  let text = "";
  socket.on("data", (bytes) => void (text += String(bytes)));
  const heard = new Promise<string>((resolve) => socket.on("end", () => resolve(text)));
  void heard.then(() => socket.destroy());
  return { socket, heard };
}

test("an agent is told of lines only once they are archived, blank ones too", async () => {
  const { collected, confirm, listener } = archiving();
  const client = new Client(listener.port).send('{"ack":true}\n');
  await client.until('{"ack":0}\n');
  client.send('{"a":1}\n\n{"a":2}\n');
  await collected.until(() => collected.all !== "");
  expect(client.heard).toBe('{"ack":0}\n');
  confirm();
  await client.until('{"ack":0}\n{"ack":3}\n');
  expect(collected.all).toBe('{"a":1}\n\n{"a":2}\n');
  listener.stop();
});

test("an agent is told nothing of lines after one that could not be archived", async () => {
  const collected = new Collected();
  let blocks = 0;
  const intake = new SocketIntake({
    log: SILENT_LOG,
    onBlock: (block, id) => {
      collected.onBlock(block, id);
      return ++blocks === 2 ? Promise.reject(new Error("EIO")) : Promise.resolve();
    },
  });
  const { listener } = listening(collected, { intake });
  const agent = halfClosing(listener.port);
  agent.socket.write('{"ack":true}\n');
  for (const sent of ["1\n", "1\n2\n", "1\n2\n3\n"]) {
    agent.socket.write(sent.slice(-2));
    await collected.until(() => collected.all === sent);
  }
  agent.socket.end();
  expect(await agent.heard).toBe('{"ack":0}\n{"ack":1}\n');
  listener.stop();
});

test("acknowledgements are had beside the token, in one line that is not handed on", async () => {
  const collected = new Collected();
  const { listener } = listening(collected, { token: "s3cret", streamLines: () => 7 });
  const client = new Client(listener.port).send('{"token":"s3cret","ack":true,"stream":"s"}\n');
  await client.until('{"ack":7}\n');
  client.send("8\n");
  await client.until('{"ack":7}\n{"ack":8}\n');
  expect(collected.all).toBe("8\n");
  listener.stop();
});

test("an agent that dials again is told where its stream stands, and goes on from there", async () => {
  const { collected, confirm, counts, listener } = archiving();
  counts.set("s", 40);
  const first = new Client(listener.port).send('{"ack":true,"stream":"s"}\n41\n42\nunfini');
  await collected.until(() => collected.all === "41\n42\n");
  confirm();
  await first.until('{"ack":40}\n{"ack":42}\n');
  first.vanish();
  await first.closed;
  const second = new Client(listener.port).send('{"ack":true,"stream":"s"}\n');
  await second.until('{"ack":42}\n');
  second.send("43\n");
  await collected.until(() => collected.all === "41\n42\n43\n");
  listener.stop();
});

test("the newer of two connections of a stream wins, and is answered after the older's lines", async () => {
  const { collected, confirm, listener } = archiving();
  const greeting = '{"ack":true,"stream":"s"}\n';
  const older = new Client(listener.port).send(greeting + "1\n2\n");
  await collected.until(() => collected.all === "1\n2\n");
  const newer = new Client(listener.port).send(greeting + "3\n");
  await older.closed;
  expect(older.heard).toBe(
    '{"ack":0}\n{"error":{"code":"replaced",' +
      '"message":"another connection has taken over the stream s"}}\n',
  );
  expect(newer.heard).toBe("");
  confirm();
  await newer.until('{"ack":2}\n');
  await collected.until(() => collected.all === "1\n2\n3\n");
  listener.stop();
});

test("a connection that comes while another one waits for the same stream replaces that one", async () => {
  const { collected, confirm, listener } = archiving();
  const greeting = '{"ack":true,"stream":"s"}\n';
  new Client(listener.port).send(greeting + "1\n");
  await collected.until(() => collected.all === "1\n");
  const waiting = new Client(listener.port).send(greeting + "never taken\n");
  const last = new Client(listener.port).send(greeting);
  await waiting.closed;
  expect(waiting.heard).toContain('"replaced"');
  expect(last.heard).toBe("");
  confirm();
  await last.until('{"ack":1}\n');
  expect(collected.all).toBe("1\n");
  listener.stop();
});

test("an agent that ends its side is told of all it sent before the connection ends", async () => {
  const { collected, confirm, listener } = archiving();
  const text = lines(500);
  const agent = halfClosing(listener.port);
  agent.socket.end('{"ack":true,"stream":"s"}\n' + text);
  await collected.until(() => collected.all.length === text.length);
  confirm();
  expect(await agent.heard).toBe('{"ack":0}\n{"ack":500}\n');
  listener.stop();
});

test("agents that ask for nothing get no answer, and their first line is telemetry", async () => {
  const collected = new Collected();
  const { listener } = listening(collected);
  const sent = ['{"host_id":"a"}\n1\n', "x\n", '{"unfinished":', '{"ack":true,"host_id":"b"}\n'];
  const clients = sent.map((text) => new Client(listener.port).send(text).end());
  await collected.until(() => collected.all.length === sent.join("").length + 1);
  expect([...collected.texts.values()].sort()).toEqual(
    sent.map((text) => text.trimEnd() + "\n").sort(),
  );
  expect(clients.map((client) => client.heard)).toEqual(["", "", "", ""]);
  listener.stop();
});

test("a first line over the greeting's limit is telemetry, whole", async () => {
  const collected = new Collected();
  const { listener } = listening(collected);
  const text = `{"ack":true,"pad":"${"x".repeat(10_000)}"}\n`;
  const client = new Client(listener.port);
  for (let at = 0; at < text.length; at += 1_000) client.send(text.slice(at, at + 1_000));
  await collected.until(() => collected.all === text);
  listener.stop();
});

test("a greeting that breaks a rule is refused, and nothing of it is handed on", async () => {
  const collected = new Collected();
  const { listener } = listening(collected);
  const client = new Client(listener.port);
  client.send('{"ack":true,').send('"stream":""}\n{"a":1}\n');
  await client.closed;
  expect(JSON.parse(client.heard)).toMatchObject({ error: { code: "invalid_greeting" } });
  expect(collected.all).toBe("");
  listener.stop();
});

test("an agent that says all at once, and ends, is told of all before the end", async () => {
  const { listener, confirm, collected } = archiving();
  const agent = halfClosing(listener.port);
  agent.socket.end('{"ack":true,"stream":"s"}\n1\n2\n');
  await collected.until(() => collected.all === "1\n2\n");
  confirm();
  expect(await agent.heard).toEndWith('{"ack":2}\n');
  listener.stop();
});
