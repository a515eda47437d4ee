/**
 * A compressed part read by its seek table: frame by frame, from the one that holds the asked-for
 * byte on. Memory is the frames that one append spans, whatever the part's size. Unpacking is done
 * by another thread.
 */
import type { OpenFile } from "../runtime/files.ts";
import type { Zstd } from "../runtime/zstd.ts";
import type { PartSource } from "./part_source.ts";
import type { Frame } from "./seek_table.ts";

export class FramedSource implements PartSource {
  #next = 0;
  #nextPackedAt = 0;
  /** Where the next frame's bytes begin in the part. */
  #nextAt = 0;
  #held: Uint8Array = new Uint8Array(0);
  #heldAt = 0;

  constructor(
    private readonly file: OpenFile,
    private readonly frames: readonly Frame[],
    private readonly zstd: Zstd,
  ) {}

  async take(offset: number, length: number): Promise<Uint8Array | null> {
    const end = offset + length;
    while (this.#nextAt < end) {
      const frame = this.frames[this.#next];
      if (frame === undefined) return null;
      // Frames before the first byte asked for are stepped over, not unpacked.
      if (this.#nextAt + frame.bytes > offset) this.#hold(await this.#unpack(frame), offset);
      this.#next++;
      this.#nextPackedAt += frame.packedBytes;
      this.#nextAt += frame.bytes;
    }
    return this.#held.subarray(offset - this.#heldAt, end - this.#heldAt);
  }

  /** Adds the next frame's bytes to what is held; lets go of what lies before `offset`. */
  #hold(bytes: Uint8Array, offset: number): void {
    const kept = this.#held.subarray(Math.max(offset - this.#heldAt, 0));
    this.#heldAt = this.#nextAt - kept.length;
    this.#held = kept.length === 0 ? bytes : Buffer.concat([kept, bytes]);
  }

  async #unpack(frame: Frame): Promise<Uint8Array> {
    const packed = new Uint8Array(frame.packedBytes);
    const got = await this.file.read(packed, this.#nextPackedAt);
    // A cut frame unpacks here to less, and no error (Bun 1.4.5): so its length is checked.
    const bytes = await this.zstd.unpack(packed.subarray(0, got), frame.bytes + 1);
    if (bytes.length === frame.bytes) return bytes;
    throw new RangeError(
      `Cannot unpack a frame: its table says ${frame.bytes} bytes, got ${bytes.length}`,
    );
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
