/**
 * The newest bytes of the feed, kept once for all clients: each has a cursor into them, so memory
 * is this ring's whatever the number of clients. Offsets count bytes since the feed began.
 *
 *     origin            cursor of a client        head
 *       |.................|########################|            (absolute offsets)
 *                          to be sent to it
 *
 * It promises to hold the last `capacity` bytes; who asks for older ones made a mistake.
 */
const LF = 10;

export class LineRing {
  readonly capacity: number;
  readonly #bytes: Uint8Array;
  #head = 0;
  /** The offset that lies at the ring's first byte. */
  #origin = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    // Pages are the system's zero page until written: a quiet feed never pays for the capacity.
    this.#bytes = new Uint8Array(capacity);
  }

  /** One past the newest byte. */
  get head(): number {
    return this.#head;
  }

  append(bytes: Uint8Array): void {
    const at = (this.#head - this.#origin) % this.capacity;
    const room = this.capacity - at;
    if (bytes.length <= room) {
      this.#bytes.set(bytes, at);
    } else {
      this.#bytes.set(bytes.subarray(0, room), at);
      this.#bytes.set(bytes.subarray(room), 0);
    }
    this.#head += bytes.length;
  }

  /** Nobody waits for anything: start over at the first byte, which is still in the CPU's cache. */
  rewind(): void {
    this.#origin = this.#head;
  }

  /**
   * The bytes from an offset up to the head, or up to the ring's edge where that comes first.
   *
   * @throws {RangeError} when they are overwritten or not yet written.
   */
  from(offset: number): Uint8Array {
    const length = this.#head - offset;
    if (length < 0 || length > this.capacity || offset < this.#origin) {
      throw new RangeError(
        `Cannot read the feed's bytes from ${offset}: it holds ${
          Math.max(this.#origin, this.#head - this.capacity)
        }–${this.#head}`,
      );
    }
    const at = (offset - this.#origin) % this.capacity;
    return this.#bytes.subarray(at, Math.min(at + length, this.capacity));
  }

  /** Lines that end between an offset and the head. */
  linesFrom(offset: number): number {
    let lines = 0;
    for (let at = offset; at < this.#head;) {
      const bytes = this.from(at);
      for (let i = bytes.indexOf(LF); i >= 0; i = bytes.indexOf(LF, i + 1)) lines++;
      at += bytes.length;
    }
    return lines;
  }
}
