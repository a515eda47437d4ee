/**
 * Follows the frames of a zstd stream without decompressing them, to know whether it ends where a
 * frame ends: a cut one decompresses here to less, or nothing, and no error (Bun 1.4.5).
 *
 * Format: RFC 8878 §3.1.
 *
 * ```
 * frame      magic 4 | descriptor 1 | window 0–1, dictionary 0–4, content size 0–8 | blocks | checksum 0/4
 * block      header 3: last, type, size | content: 1 byte where a byte is repeated, else `size`
 * skippable  magic 4 | size 4 | content
 * ```
 */
type Step = "magic" | "skip_size" | "descriptor" | "header" | "block" | "content" | "checksum";

/** Bytes that a step reads as a number; the others only pass over theirs. */
const READ_BYTES: Partial<Record<Step, number>> = {
  magic: 4,
  skip_size: 4,
  descriptor: 1,
  block: 3,
};

export class ZstdFrames {
  #step: Step = "magic";
  #needed = 4;
  #value = 0;
  #taken = 0;
  #checksum = false;
  #lastBlock = false;
  #skippable = false;

  /** Whether the bytes so far end where a frame ends. */
  get whole(): boolean {
    return this.#step === "magic" && this.#taken === 0;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length || this.#needed === 0) {
      const take = Math.min(this.#needed - this.#taken, chunk.length - at);
      if (this.#step in READ_BYTES) {
        for (let i = 0; i < take; i++) {
          this.#value += (chunk[at + i] ?? 0) * 256 ** (this.#taken + i);
        }
      }
      at += take;
      this.#taken += take;
      if (this.#taken < this.#needed) return;
      this.#next(this.#value);
    }
  }

  #enter(step: Step, needed: number): void {
    this.#step = step;
    this.#needed = needed;
    this.#value = 0;
    this.#taken = 0;
  }

  #next(value: number): void {
    switch (this.#step) {
      case "magic":
        // 0x184D2A50–5F; anything else is a frame, or garbage that the decoder refuses.
        this.#skippable = value >= 0x184d2a50 && value <= 0x184d2a5f;
        return this.#skippable ? this.#enter("skip_size", 4) : this.#enter("descriptor", 1);
      case "skip_size":
        return this.#enter("content", value);
      case "descriptor": {
        const single = (value & 32) !== 0;
        const sizeFlag = value >> 6;
        const contentSize = sizeFlag === 0 ? (single ? 1 : 0) : 2 ** sizeFlag;
        const dictionary = [0, 1, 2, 4][value & 3] ?? 0;
        this.#checksum = (value & 4) !== 0;
        return this.#enter("header", (single ? 0 : 1) + dictionary + contentSize);
      }
      case "header":
        return this.#enter("block", 3);
      case "block":
        this.#lastBlock = (value & 1) !== 0;
        return this.#enter("content", ((value >> 1) & 3) === 1 ? 1 : value >> 3);
      case "content":
        if (this.#skippable) return this.#enter("magic", 4);
        if (!this.#lastBlock) return this.#enter("block", 3);
        return this.#checksum ? this.#enter("checksum", 4) : this.#enter("magic", 4);
      case "checksum":
        return this.#enter("magic", 4);
    }
  }
}
