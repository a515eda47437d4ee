/**
 * One line of a part's index: what one durable append put into the part. Owns the line's bytes and
 * the hash chain over them (FORMAT.md, "Index"). A line that is not exactly as this module writes
 * it, or whose hash does not fit, is damaged; there is no lenient reading.
 */
import type { StreamLines } from "../model/stream.ts";

export interface AppendFacts {
  /** Byte range in the part. */
  readonly offset: number;
  readonly length: number;
  /** LFs in the range. */
  readonly lines: number;
  /** CRC-32 (zlib's) and SHA-256 of the range. */
  readonly crc32: number;
  readonly sha256: string;
  /** Wall clock when the first of the bytes was handed over, epoch ms. */
  readonly arrivalMs: number;
  /** Number of the connection in its run; null where it is not known any more. */
  readonly connection: number | null;
  /** Of an acknowledged stream: which, and how many of its lines are archived with this append. */
  readonly stream?: StreamLines | undefined;
  /** Found in the part without an index record after a crash, and indexed then. */
  readonly recovered: boolean;
}

export interface IndexRecord extends AppendFacts {
  /** Hash of the record before, over parts; of `genesisHash` for a run's first. */
  readonly prev: string;
  readonly hash: string;
}

const HASH = /^[0-9a-f]{64}$/;
/** `,"prev":"` + 64 + `","hash":"` + 64 + `"}` */
const LINK_CHARS = 9 + 64 + 10 + 64 + 2;

/** Where a run's chain begins. */
export function genesisHash(runId: string): string {
  return sha256(`rackwatch archive 1\n${runId}\npart-000000\n`);
}

/** The line (LF included) that records `facts` after the record with hash `prev`. */
export function encodeRecord(facts: AppendFacts, prev: string): { line: string; hash: string } {
  const body = JSON.stringify({
    offset: facts.offset,
    length: facts.length,
    lines: facts.lines,
    crc32: facts.crc32,
    sha256: facts.sha256,
    arrival_ms: facts.arrivalMs,
    connection: facts.connection,
    ...(facts.stream === undefined
      ? {}
      : { stream: facts.stream.stream, stream_lines: facts.stream.lines }),
    ...(facts.recovered ? { recovered: true } : {}),
  });
  const hash = sha256(prev + body);
  return { line: `${body.slice(0, -1)},"prev":"${prev}","hash":"${hash}"}\n`, hash };
}

/** Reads a line (without LF); null where it is damaged. Does not know the record before. */
export function decodeRecord(line: string): IndexRecord | null {
  const link = line.slice(-LINK_CHARS);
  const prev = link.slice(9, 73), hash = link.slice(83, 147);
  if (link !== `,"prev":"${prev}","hash":"${hash}"}` || !HASH.test(prev) || !HASH.test(hash)) {
    return null;
  }
  const body = `${line.slice(0, -LINK_CHARS)}}`;
  if (sha256(prev + body) !== hash) return null;
  const value = parse(body);
  if (value === null) return null;
  const { offset, length, lines, crc32, arrival_ms: arrivalMs, connection } = value;
  const { stream, stream_lines: streamLines } = value;
  if (
    !isCount(offset) || !isCount(length) || !isCount(lines) || !isCount(crc32) ||
    !isCount(arrivalMs) || typeof value.sha256 !== "string" || length === 0 ||
    !(connection === null || isCount(connection)) ||
    !(stream === undefined || (typeof stream === "string" && isCount(streamLines)))
  ) return null;
  return {
    offset,
    length,
    lines,
    crc32,
    sha256: value.sha256,
    arrivalMs,
    connection,
    ...(typeof stream === "string" && isCount(streamLines)
      ? { stream: { stream, lines: streamLines } }
      : {}),
    recovered: value.recovered === true,
    prev,
    hash,
  };
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : null;
  } catch {
    return null;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** SHA-256, hex, of UTF-8 text or bytes. */
export function sha256(data: string | Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(data).digest("hex");
}
