import { expect, test } from "bun:test";
import fc from "fast-check";
import { FeedAudience } from "../../src/generator/feed_audience.ts";
import type { FeedSocket } from "../../src/generator/feed_client.ts";
import { LIMITS } from "../../src/limits.ts";
import { SILENT_LOG } from "../../src/log.ts";

/** A socket whose peer takes as many bytes as it is given leave for. */
class TestSocket implements FeedSocket {
  text = "";
  bytes = 0;
  state: "open" | "ended" | "reset" = "open";

  constructor(public room = Infinity, private readonly keep = true) {}

  write(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, this.room);
    this.room -= taken;
    this.bytes += taken;
    if (this.keep) this.text += new TextDecoder().decode(bytes.subarray(0, taken));
    return taken;
  }

  end(): void {
    this.state = "ended";
  }

  terminate(): void {
    this.state = "reset";
  }
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const MEGABYTE_LINE = bytesOf("x".repeat(1_048_575) + "\n");

function audience(): FeedAudience {
  return new FeedAudience(SILENT_LOG, MEGABYTE_LINE.length);
}

test("FeedAudience: each client gets every line from when it joined, at its own pace", () => {
  const step = fc.oneof(
    fc.record({ add: fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 5 }) }),
    fc.record({ join: fc.nat({ max: 20 }) }),
    fc.record({ room: fc.nat({ max: 20 }), of: fc.nat({ max: 5 }) }),
  );
  fc.assert(fc.property(fc.array(step), (steps) => {
    const feed = audience();
    const members: { socket: TestSocket; from: number; drained: () => void }[] = [];
    let all = "";
    for (const one of steps) {
      if ("add" in one) {
        all += one.add + "\n";
        feed.add(bytesOf(one.add + "\n"));
        feed.flush();
      } else if ("join" in one) {
        const socket = new TestSocket(one.join);
        const client = feed.join(socket)!;
        members.push({ socket, from: all.length, drained: () => client.drained() });
      } else {
        const member = members[one.of % Math.max(1, members.length)];
        if (member === undefined) continue;
        member.socket.room += one.room;
        member.drained();
      }
    }
    for (const { socket, from, drained } of members) {
      expect(all.slice(from).startsWith(socket.text)).toBe(true);
      socket.room = Infinity;
      drained();
      expect(socket.text).toBe(all.slice(from));
    }
  }));
});

test("FeedAudience: who falls behind by more than the limit is reset and counted, nobody else", () => {
  const feed = audience();
  const [fast, slow] = [new TestSocket(Infinity, false), new TestSocket(10, false)];
  feed.join(fast);
  feed.join(slow);
  const lines = LIMITS.feedClientBytesMax / MEGABYTE_LINE.length;
  for (let i = 0; i < lines; i++) {
    feed.add(MEGABYTE_LINE);
    feed.flush();
  }
  expect([fast.state, slow.state]).toEqual(["open", "open"]);
  feed.add(MEGABYTE_LINE);
  feed.flush();
  expect([fast.state, slow.state]).toEqual(["open", "reset"]);
  expect(fast.bytes).toBe((lines + 1) * MEGABYTE_LINE.length);
  expect(feed).toMatchObject({ size: 1, cutClients: 1, skippedLines: lines + 1 });
});

test("FeedAudience: a full socket is not tried again before it has drained", () => {
  const feed = audience();
  const socket = new TestSocket(3);
  const client = feed.join(socket)!;
  feed.add(bytesOf("abcdef\n"));
  feed.flush();
  socket.room = 100;
  feed.flush();
  expect(socket.text).toBe("abc");
  expect(feed.someoneWaits()).toBe(false);
  client.drained();
  expect(socket.text).toBe("abcdef\n");
  expect(feed.someoneWaits()).toBe(true);
});

test("FeedAudience: dismiss ends who has all, and leaves the others to be ended later", () => {
  const feed = audience();
  const [done, behind] = [new TestSocket(), new TestSocket(2)];
  feed.join(done);
  const client = feed.join(behind)!;
  feed.add(bytesOf("line\n"));
  feed.dismiss();
  expect([done.state, behind.state]).toEqual(["ended", "open"]);
  behind.room = 10;
  client.drained();
  feed.dismiss();
  expect([behind.state, behind.text, feed.size]).toEqual(["ended", "line\n", 0]);
});

test("FeedAudience: one client more than it may have is reset", () => {
  const feed = audience();
  for (let i = 0; i < LIMITS.feedClientsMax; i++) feed.join(new TestSocket());
  const socket = new TestSocket();
  expect(feed.join(socket)).toBeNull();
  expect(socket.state).toBe("reset");
  expect(feed).toMatchObject({ size: LIMITS.feedClientsMax, refusedClients: 1 });
});
