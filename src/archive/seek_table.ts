/**
 * Where the frames of a compressed part begin, told at its own end, so that reading from the middle
 * unpacks only what is asked for. A tool that does not know it skips it.
 *
 * Format: zstd seekable format 0.1.0 (facebook/zstd, contrib/seekable_format), numbers little endian:
 *
 * ```
 * 184D2A5E | bytes that follow: 4 | frames × (packed bytes 4 | unpacked bytes 4) |
 *   frames: 4 | descriptor: 1, here 0 (no checksums: the frames carry their own) | 8F92EAB1
 * ```
 */
import type { OpenFile } from "../runtime/files.ts";

export interface Frame {
  /** In the file. */
  readonly packedBytes: number;
  /** Of the part. */
  readonly bytes: number;
}

/** A frame beyond this is not ours: nobody is to be made to unpack it whole. */
export const FRAME_BYTES_MAX = 8_388_608;

const SKIPPABLE_MAGIC = 0x184d2a5e;
const SEEKABLE_MAGIC = 0x8f92eab1;
const HEAD_BYTES = 8;
const ENTRY_BYTES = 8;
const FOOT_BYTES = 9;
/** 64 GiB of frames of 2 MiB; a part has at most LIMITS.archivePartBytesMax. */
const FRAMES_MAX = 32_768;

export function encodeSeekTable(frames: readonly Frame[]): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + frames.length * ENTRY_BYTES + FOOT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, SKIPPABLE_MAGIC, true);
  view.setUint32(4, bytes.length - HEAD_BYTES, true);
  frames.forEach((frame, index) => {
    view.setUint32(HEAD_BYTES + index * ENTRY_BYTES, frame.packedBytes, true);
    view.setUint32(HEAD_BYTES + index * ENTRY_BYTES + 4, frame.bytes, true);
  });
  const foot = bytes.length - FOOT_BYTES;
  view.setUint32(foot, frames.length, true);
  view.setUint32(foot + 5, SEEKABLE_MAGIC, true);
  return bytes;
}

/** Null where the file does not end in a table that accounts for all of it. */
export async function readSeekTable(file: OpenFile): Promise<readonly Frame[] | null> {
  const size = await file.size();
  if (size < HEAD_BYTES + FOOT_BYTES) return null;
  const foot = await readView(file, size - FOOT_BYTES, FOOT_BYTES);
  const count = foot.getUint32(0, true);
  if (foot.getUint32(5, true) !== SEEKABLE_MAGIC || foot.getUint8(4) !== 0) return null;
  const tableBytes = HEAD_BYTES + count * ENTRY_BYTES + FOOT_BYTES;
  if (count > FRAMES_MAX || tableBytes > size) return null;
  const table = await readView(file, size - tableBytes, tableBytes);
  if (table.getUint32(0, true) !== SKIPPABLE_MAGIC) return null;
  if (table.getUint32(4, true) !== tableBytes - HEAD_BYTES) return null;
  const frames: Frame[] = [];
  let packed = tableBytes;
  for (let at = HEAD_BYTES; frames.length < count; at += ENTRY_BYTES) {
    const frame = { packedBytes: table.getUint32(at, true), bytes: table.getUint32(at + 4, true) };
    if (frame.packedBytes > 2 * FRAME_BYTES_MAX || frame.bytes > FRAME_BYTES_MAX) return null;
    packed += frame.packedBytes;
    frames.push(frame);
  }
  return packed === size ? frames : null;
}

async function readView(file: OpenFile, at: number, length: number): Promise<DataView> {
  const bytes = new Uint8Array(length);
  await file.read(bytes, at);
  return new DataView(bytes.buffer);
}
