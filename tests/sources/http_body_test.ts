import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  constants,
  createZstdCompress,
  deflateSync,
  gzipSync,
  type InputType,
  zstdCompressSync,
} from "node:zlib";
import { LIMITS } from "../../src/limits.ts";
import { decodedBody } from "../../src/sources/http_body.ts";

const TEXT = Buffer.from("cpu,host=köln temp=54.5\n".repeat(40));
const PACK: Record<string, (bytes: InputType) => Uint8Array> = {
  gzip: gzipSync,
  deflate: deflateSync,
  zstd: zstdCompressSync,
};
const CODINGS = Object.keys(PACK);
const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

async function textOf(body: Uint8Array, encoding: string | null): Promise<string> {
  const result = await decodedBody(body, encoding);
  if (result.kind === "refused") throw new Error(result.message);
  return Buffer.from(result.bytes).toString();
}

test.each([null, "", "identity", " Identity "])("%p leaves the body as it is", async (encoding) => {
  expect(await textOf(TEXT, encoding)).toBe(TEXT.toString());
});

describe.each(CODINGS)("%s", (coding) => {
  const packed = PACK[coding]!(TEXT);

  test("is unpacked, however its name is written", async () => {
    expect(await textOf(packed, ` ${coding.toUpperCase()} `)).toBe(TEXT.toString());
  });

  test("cut anywhere is refused with 400", async () => {
    for (let end = 0; end < packed.length; end++) {
      expect(await decodedBody(packed.subarray(0, end), coding)).toMatchObject({ status: 400 });
    }
  });

  test("of exactly the limit is taken, of a byte more refused with 413", async () => {
    const body = PACK[coding]!(Buffer.alloc(LIMITS.httpBodyBytesMax));
    expect(await decodedBody(body, coding)).toMatchObject({ kind: "body" });
    const larger = PACK[coding]!(Buffer.alloc(LIMITS.httpBodyBytesMax + 1));
    expect(await decodedBody(larger, coding)).toMatchObject({
      status: 413,
      message: expect.stringContaining(`${LIMITS.httpBodyBytesMax} bytes`),
    });
  });

  test("property: changed bytes are a body or a refusal, within the limit", async () => {
    const edits = fc.array(fc.tuple(fc.nat(packed.length - 1), fc.nat(255)), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(edits, async (changes) => {
        const body = Uint8Array.from(packed);
        for (const [at, byte] of changes) body[at] = byte;
        const result = await decodedBody(body, coding);
        if (result.kind === "body") {
          expect(result.bytes.length).toBeLessThanOrEqual(LIMITS.httpBodyBytesMax);
        }
      }),
      { numRuns: 300 },
    );
  });
});

test.each(["gzip", "zstd"])("several members of %s are one body", async (coding) => {
  const body = joined(PACK[coding]!("one "), PACK[coding]!("two"));
  expect(await textOf(body, coding)).toBe("one two");
});

test.each(["gzip", "zstd"])("something else after a member of %s is refused", async (coding) => {
  const body = joined(PACK[coding]!(TEXT), Buffer.from("else"));
  expect(await decodedBody(body, coding)).toMatchObject({ status: 400 });
});

test("a zstd window larger than the largest body is refused, not allocated", async () => {
  const packer = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: 27 } });
  packer.write("in two writes, ");
  packer.end("so that its size is not known");
  const frame = joined(...await Array.fromAsync(packer as AsyncIterable<Uint8Array>));
  expect(await decodedBody(frame, "zstd")).toMatchObject({ status: 400 });
});

test("a body larger than the limit as it comes is refused with 413", async () => {
  const body = new Uint8Array(LIMITS.httpBodyBytesMax + 1);
  expect(await decodedBody(body, null)).toMatchObject({ status: 413 });
});

test.each(["br", "gzip, gzip", "snappy", "constructor"])(
  "%s is refused with 415",
  async (coding) => {
    expect(await decodedBody(TEXT, coding)).toMatchObject({
      status: 415,
      message: expect.stringContaining(`got ${coding}`),
    });
  },
);
