/** Compressed streams cut anywhere, and with damaged bytes: seeded, so that a failure comes again. */
import { describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import { type Random, seededRandom } from "../../src/runtime/random.ts";
import { StreamDecoder, type StreamFault } from "../../src/sources/stream_decoder.ts";

const FORMATS = [
  { format: "gzip", pack: (text: string) => zlib.gzipSync(text) },
  { format: "zstd", pack: (text: string) => zlib.zstdCompressSync(text) },
] as const;

interface Outcome {
  readonly content: Buffer;
  readonly fault: StreamFault | null;
}

/** Decodes to the end; an `over` that never comes is the test's timeout. */
function decoded(format: "gzip" | "zstd", pieces: readonly Uint8Array[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const found: Uint8Array[] = [];
    const decoder = new StreamDecoder(format, {
      bytes: (content) => found.push(content),
      drain: () => {},
      over: (fault) => resolve({ content: Buffer.concat(found), fault }),
    });
    for (const piece of pieces) decoder.push(piece);
    decoder.end();
  });
}

/** Cut into pieces of 1 to `bytesMax` bytes. */
function cut(bytes: Uint8Array, random: Random, bytesMax: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = 1 + Math.floor(random.next() * bytesMax);
    pieces.push(bytes.slice(at, at + size));
    at += size;
  }
  return pieces;
}

function text(random: Random, lines: number): string {
  const line = () =>
    JSON.stringify({ host_id: `h${Math.floor(random.next() * 50)}`, temp_c: random.next() });
  return Array.from({ length: lines }, () => `${line()}\n`).join("");
}

for (const { format, pack } of FORMATS) {
  describe(`StreamDecoder of ${format}, seeded`, () => {
    test("gives the same content wherever members and pieces are cut", async () => {
      const random = seededRandom(7);
      for (let round = 0; round < 60; round++) {
        const members = [0, 1, 2, 3].map(() => text(random, Math.floor(random.next() * 40)));
        const stream = Buffer.concat(members.map(pack));
        const bytesMax = [3, 40, 400, 100_000][round % 4]!;
        const { content, fault } = await decoded(format, cut(stream, random, bytesMax));
        expect({ round, fault }).toEqual({ round, fault: null });
        expect(content.toString()).toBe(members.join(""));
      }
    }, 30_000);

    test("tells the end of every damaged stream, after all content before the damage", async () => {
      const random = seededRandom(11);
      let faults = 0;
      for (let round = 0; round < 150; round++) {
        const stream = Buffer.concat([0, 1, 2].map(() => pack(text(random, 12))));
        const at = Math.floor(random.next() * stream.length);
        const before = await decoded(format, [stream.subarray(0, at)]);
        const bad = Buffer.from(stream);
        const bytes = 1 + Math.floor(random.next() * 4);
        for (let i = at; i < Math.min(at + bytes, bad.length); i++) {
          bad[i] = Math.floor(random.next() * 256);
        }
        const { content, fault } = await decoded(format, cut(bad, random, 2_000));
        if (fault !== null) faults++;
        expect({ round, at, begins: content.indexOf(before.content) }).toEqual({
          round,
          at,
          begins: 0,
        });
      }
      expect(faults).toBeGreaterThan(50);
    }, 60_000);

    test("tells the end of every stream with a byte gone, twice or strange", async () => {
      const random = seededRandom(13);
      for (let round = 0; round < 100; round++) {
        const stream = pack(text(random, 12));
        const at = Math.floor(random.next() * stream.length);
        const strange = Buffer.from([Math.floor(random.next() * 256)]);
        const middle = [Buffer.alloc(0), stream.subarray(at, at + 2), strange][round % 3]!;
        const bad = Buffer.concat([stream.subarray(0, at), middle, stream.subarray(at + 1)]);
        const { content } = await decoded(format, cut(bad, random, 2_000));
        expect(content.length).toBeLessThan(1_000_000);
      }
    }, 60_000);
  });
}
