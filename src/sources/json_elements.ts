/**
 * Bytes of a JSON document → the texts of its elements: those of the array that it is, or the values
 * that stand in it one after the other, over as many lines as they like. A scanner that knows only
 * brackets, strings and escapes; what an element means, and whether it is JSON, others decide.
 * Holds one element at a time, never the document.
 *
 * A string can't hold a line end (RFC 8259 §7), so an unclosed quote is noticed at the end of its
 * line, and spoils one element instead of all that follow.
 */

export interface JsonElementSink {
  /** An element's bytes, its own copy or a view that the next push overwrites; where it starts. */
  element(bytes: Uint8Array, offset: number): void;
  /** An element over the limit: its head only. */
  tooLong(head: Uint8Array, offset: number): void;
  /** The document's own structure is wrong here; what is read goes on. */
  fault(reason: string, offset: number): void;
}

const LF = 10, CR = 13, TAB = 9, SPACE = 32;
const QUOTE = 34, COMMA = 44, BACKSLASH = 92;
const OPEN_ARRAY = 91, CLOSE_ARRAY = 93, OPEN_OBJECT = 123, CLOSE_OBJECT = 125;

/** Of UTF-8. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

type Place =
  /** Before the first byte that says whether the document is an array. */
  | "start"
  /** A value may come; in an array, its end too, if no comma was before. */
  | "before"
  /** In an array: a comma or its end must come. */
  | "after"
  | "inside"
  /** Behind the array. */
  | "done";

export class JsonElements {
  readonly #sink: JsonElementSink;
  readonly #elementBytesMax: number;
  #place: Place = "start";
  #markBytes = 0;
  #inArray = false;
  #afterComma = false;
  #trailing = false;
  // The element under way.
  #depth = 0;
  #inString = false;
  #escaped = false;
  #scalar = false;
  #startedAt = 0;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** Bytes of the chunks before this one. */
  #position = 0;

  constructor(sink: JsonElementSink, elementBytesMax: number) {
    this.#sink = sink;
    this.#elementBytesMax = elementBytesMax;
  }

  push(chunk: Uint8Array): void {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      if (this.#place === "inside") {
        const end = this.#scan(chunk, at);
        if (end === -1) break;
        this.#finish(chunk.subarray(from, end));
        // The byte that ended a scalar, or follows a bracket, is looked at again.
        at = end - 1;
      } else if (this.#between(chunk[at] ?? 0, this.#position + at)) {
        this.#startedAt = this.#position + at;
        from = at;
        at--;
      }
    }
    if (this.#place === "inside") this.#hold(chunk.subarray(from));
    this.#position += chunk.length;
  }

  /** The document is at its end. */
  end(): void {
    if (this.#place === "inside") {
      if (!this.#scalar) this.#sink.fault("the document ends inside this element", this.#startedAt);
      this.#finish(new Uint8Array(0));
    }
    if (this.#inArray && this.#place !== "done") {
      this.#sink.fault('the document ends without the array\'s "]"', this.#position);
    }
  }

  /** One byte outside of elements; true where an element starts with it. */
  #between(byte: number, offset: number): boolean {
    if (byte === SPACE || byte === LF || byte === CR || byte === TAB) return false;
    if (this.#place === "start") {
      if (offset < 3 && byte === BYTE_ORDER_MARK[offset]) {
        this.#markBytes = offset + 1;
        return false;
      }
      if (this.#markBytes % 3 !== 0) this.#sink.fault("the byte order mark is cut short", 0);
      this.#place = "before";
      this.#inArray = byte === OPEN_ARRAY;
      if (this.#inArray) return false;
    }
    if (this.#place === "done") {
      if (!this.#trailing) this.#sink.fault("there is more after the array's end", offset);
      this.#trailing = true;
      return false;
    }
    if (this.#inArray && (byte === COMMA || byte === CLOSE_ARRAY)) {
      this.#separate(byte, offset);
      return false;
    }
    if (this.#place === "after") this.#sink.fault('"," is missing between elements', offset);
    this.#place = "inside";
    this.#depth = 0;
    this.#inString = this.#escaped = this.#afterComma = false;
    this.#scalar = byte !== OPEN_OBJECT && byte !== OPEN_ARRAY;
    return true;
  }

  #separate(byte: number, offset: number): void {
    if (byte === COMMA) {
      if (this.#place === "before") this.#sink.fault('"," without an element before it', offset);
      this.#place = "before";
      this.#afterComma = true;
    } else {
      if (this.#afterComma) this.#sink.fault('"," without an element after it', offset);
      this.#place = "done";
    }
  }

  /** Index behind the element's last byte, or −1 where the chunk ends first. */
  #scan(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
        if (byte === LF) return at;
      } else if (byte === QUOTE) {
        this.#inString = true;
      } else if (this.#scalar) {
        // Whatever is no bracket runs to the next separator, so that garbage is one element; the
        // separator itself where none belongs.
        const separator = byte === COMMA || byte === CLOSE_ARRAY || byte === LF;
        if (separator && this.#position + at > this.#startedAt) return at;
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        this.#depth++;
      } else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --this.#depth === 0) {
        return at + 1;
      }
    }
    return -1;
  }

  #finish(tail: Uint8Array): void {
    this.#hold(tail);
    const bytes = this.#held.length === 1 ? tail : Buffer.concat(this.#held);
    if (this.#heldBytes > this.#elementBytesMax) {
      this.#sink.tooLong(bytes.subarray(0, this.#elementBytesMax), this.#startedAt);
    } else {
      this.#sink.element(bytes, this.#startedAt);
    }
    this.#held = [];
    this.#heldBytes = 0;
    this.#place = this.#inArray ? "after" : "before";
  }

  /** Keeps the element's bytes so far, up to the limit; the rest of a longer one is let go. */
  #hold(bytes: Uint8Array): void {
    const room = this.#elementBytesMax - this.#heldBytes;
    // Chunks are overwritten by the next one.
    if (room > 0) this.#held.push(bytes.slice(0, room));
    this.#heldBytes += bytes.length;
  }
}
