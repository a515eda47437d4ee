/** Compressed streams piece by piece: cuts, members, flushes, faults, bombs. */
import { describe, expect, test } from "bun:test";
import * as zlib from "node:zlib";
import { LIMITS } from "../../src/limits.ts";
import { StreamDecoder, type StreamFault } from "../../src/sources/stream_decoder.ts";

const FORMATS = [
  { format: "gzip", pack: (text: string | Uint8Array) => zlib.gzipSync(text) },
  { format: "zstd", pack: (text: string | Uint8Array) => zlib.zstdCompressSync(text) },
] as const;

/** A decoder whose bytes are collected, and whose end can be awaited. */
function decoding(format: "gzip" | "zstd") {
  const over = Promise.withResolvers<StreamFault | null>();
  const pieces: Uint8Array[] = [];
  const looks = new Set<() => void>();
  const drained = { wait: Promise.withResolvers<void>() };
  const found = {
    over: over.promise,
    get text() {
      return Buffer.concat(pieces).toString();
    },
    /** Resolves once the text is this long. */
    has: (length: number) =>
      new Promise<void>((resolve) => {
        const look = () => found.text.length >= length && resolve();
        looks.add(look);
        look();
      }),
    pieces,
    drained,
  };
  const decoder = new StreamDecoder(format, {
    bytes: (content) => {
      pieces.push(content);
      for (const look of looks) look();
    },
    drain: () => drained.wait.resolve(),
    over: over.resolve,
  });
  return { decoder, found };
}

async function pushAll(
  { decoder, found }: ReturnType<typeof decoding>,
  bytes: Uint8Array,
  size = bytes.length,
) {
  for (let at = 0; at < bytes.length; at += size) {
    found.drained.wait = Promise.withResolvers();
    if (!decoder.push(bytes.subarray(at, at + size))) {
      await Promise.race([found.drained.wait.promise, found.over]);
    }
  }
}

for (const { format, pack } of FORMATS) {
  describe(`StreamDecoder, ${format}`, () => {
    test("gives the content of several members, cut byte by byte, as of one", async () => {
      const it = decoding(format);
      await pushAll(it, Buffer.concat([pack("one\n"), pack(""), pack("two\nthree\n")]), 1);
      it.decoder.end();
      expect(await it.found.over).toBeNull();
      expect(it.found.text).toBe("one\ntwo\nthree\n");
    });

    test("gives several members in one piece as one", async () => {
      const it = decoding(format);
      await pushAll(it, Buffer.concat([pack("one\n"), pack("two\n"), pack("three\n")]));
      it.decoder.end();
      expect(await it.found.over).toBeNull();
      expect(it.found.text).toBe("one\ntwo\nthree\n");
    });

    test("gives what was flushed while the stream goes on", async () => {
      const it = decoding(format);
      const packing = format === "gzip" ? zlib.createGzip() : zlib.createZstdCompress();
      packing.on("data", (bytes: Uint8Array) => it.decoder.push(bytes));
      const flag = format === "gzip" ? zlib.constants.Z_SYNC_FLUSH : zlib.constants.ZSTD_e_flush;
      for (const [line, length] of [["a\n", 2], ["b\n", 4], ["c\n", 6]] as const) {
        packing.write(line);
        packing.flush(flag, () => {});
        await it.found.has(length);
      }
      expect(it.found.text).toBe("a\nb\nc\n");
      packing.destroy();
      it.decoder.drop();
    });

    test("tells a stream that is cut short, after what came before", async () => {
      const it = decoding(format);
      const whole = Buffer.concat([pack("one\n"), pack("two\n")]);
      await pushAll(it, whole.subarray(0, whole.length - 3));
      it.decoder.end();
      const fault = await it.found.over;
      expect(fault?.code).toBe("damaged_stream");
      expect(fault?.message).toContain(`the ${format} stream is damaged at its offset`);
      expect(it.found.text).toStartWith("one\n");
    });

    test("tells bytes that are no member, after what came before", async () => {
      for (const garbage of ["garbage, and more of it", "\0\0\0\0\0\0\0\0\0\0\0\0"]) {
        const it = decoding(format);
        await pushAll(it, Buffer.concat([pack("one\n"), Buffer.from(garbage), pack("two\n")]));
        it.decoder.end();
        expect((await it.found.over)?.code).toBe("damaged_stream");
        expect(it.found.text).toBe("one\n");
      }
    });

    test("decodes little ahead of whoever is paused, and goes on where it was", async () => {
      const it = decoding(format);
      it.decoder.pause();
      const size = 50_000_000;
      it.decoder.push(pack(Buffer.alloc(size, "0123456789abcde\n")));
      it.decoder.end();
      let largest = 0;
      // As a reader that stops after every piece.
      const step = setInterval(() => {
        const before = it.found.pieces.length;
        it.decoder.resume();
        it.decoder.pause();
        for (const piece of it.found.pieces.slice(before)) {
          largest = Math.max(largest, piece.length);
        }
      }, 0);
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(it.found.text.length).toBeLessThan(size / 2);
      clearInterval(step);
      expect(largest).toBeLessThanOrEqual(2 * LIMITS.decoderAheadBytes);
      it.decoder.resume();
      expect(await it.found.over).toBeNull();
      expect(Buffer.concat(it.found.pieces).length).toBe(size);
    });

    test("refuses what expands too much, having given no more than its bound", async () => {
      const it = decoding(format);
      let given = 0;
      const over = Promise.withResolvers<StreamFault | null>();
      const decoder = new StreamDecoder(format, {
        bytes: (content) => given += content.length,
        drain: () => {},
        over: over.resolve,
      });
      decoder.push(pack(Buffer.alloc(2 * LIMITS.decompressedBytesFloor)));
      decoder.end();
      expect((await over.promise)?.code).toBe("expands_too_much");
      expect(given).toBeLessThanOrEqual(LIMITS.decompressedBytesFloor);
      it.decoder.drop();
    });
  });
}

test("StreamDecoder refuses a zstd frame whose window is larger than its bound", async () => {
  const it = decoding("zstd");
  const packing = zlib.createZstdCompress({
    params: { [zlib.constants.ZSTD_c_windowLog]: 27 },
  });
  packing.on("data", (bytes: Uint8Array) => it.decoder.push(bytes));
  packing.end("one\n");
  expect((await it.found.over)?.code).toBe("damaged_stream");
  expect(it.found.text).toBe("");
});
