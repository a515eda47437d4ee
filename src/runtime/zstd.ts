/**
 * Zstd as an argument: whole frames packed and unpacked by other threads here, in simulated time in
 * tests. Owns no format but zstd's own (RFC 8878).
 */
import { promisify } from "node:util";
import * as zlib from "node:zlib";

export interface Zstd {
  /** One frame of `bytes`, with its content checksum. */
  pack(bytes: Uint8Array): Promise<Uint8Array>;
  /** Rejects where it is damaged, or unpacks to more than `bytesMax`. */
  unpack(frame: Uint8Array, bytesMax: number): Promise<Uint8Array>;
}

export const ZSTD_OPTIONS: zlib.ZstdOptions = {
  params: {
    [zlib.constants.ZSTD_c_compressionLevel]: 3,
    [zlib.constants.ZSTD_c_checksumFlag]: 1,
  },
};

/** The least that zlib takes, and twice what our own frames hold. */
const CHUNK_BYTES_MIN = 64;
const CHUNK_BYTES_MAX = 4_194_304;

const pack = promisify<zlib.InputType, zlib.ZstdOptions, Buffer>(zlib.zstdCompress);
const unpack = promisify<zlib.InputType, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress);

export const REAL_ZSTD: Zstd = {
  pack: (bytes) => pack(bytes, ZSTD_OPTIONS),
  // In one piece as a rule: in those of 16 KB that are usual it would be there twice.
  unpack: (frame, bytesMax) => {
    const chunkSize = Math.min(Math.max(bytesMax, CHUNK_BYTES_MIN), CHUNK_BYTES_MAX);
    return unpack(frame, { maxOutputLength: bytesMax, chunkSize });
  },
};
