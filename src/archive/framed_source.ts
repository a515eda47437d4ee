/**
 * A compressed part read by its seek table: frame by frame, from the one that holds the asked-for
 * byte on. Memory is the frames that one append spans, whatever the part's size, and only what lies
 * in several is copied. Unpacking is done by another thread.
 */
import type { OpenFile } from "../runtime/files.ts";
import type { Zstd } from "../runtime/zstd.ts";
import type { PartSource } from "./part_source.ts";
import type { Frame } from "./seek_table.ts";

/** A frame's bytes, and where in the part they begin. */
interface Unpacked {
  readonly at: number;
  readonly bytes: Uint8Array;
}

export class FramedSource implements PartSource {
  #next = 0;
  #nextPackedAt = 0;
  /** Where the next frame's bytes begin in the part. */
  #nextAt = 0;
  /** Neighbours, up to `#nextAt`. */
  #held: Unpacked[] = [];

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
      this.#drop(offset);
      // Frames before the first byte asked for are stepped over, not unpacked.
      if (this.#nextAt + frame.bytes > offset) {
        this.#held.push({ at: this.#nextAt, bytes: await this.#unpack(frame) });
      }
      this.#next++;
      this.#nextPackedAt += frame.packedBytes;
      this.#nextAt += frame.bytes;
    }
    this.#drop(offset);
    const pieces = this.#held.filter(({ at }) => at < end)
      .map(({ at, bytes }) => bytes.subarray(Math.max(offset - at, 0), end - at));
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }

  /** Lets go of frames that end before it. */
  #drop(offset: number): void {
    while (this.#held.length > 0 && endOf(this.#held[0]!) <= offset) this.#held.shift();
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

function endOf({ at, bytes }: Unpacked): number {
  return at + bytes.length;
}
