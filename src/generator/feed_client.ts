/** One reader of the feed: its socket, and how far it has been sent the feed's bytes. */
import type { LineRing } from "./line_ring.ts";

/** What a client's socket has to do; Bun's has it. */
export interface FeedSocket {
  /** Bytes taken, from 0 up; −1 when it is closed. Nothing is buffered beyond what is taken. */
  write(bytes: Uint8Array): number;
  end(): void;
  terminate(): void;
}

export class FeedClient {
  readonly #socket: FeedSocket;
  readonly #ring: LineRing;
  #cursor: number;
  #full = false;

  /** Joins at the head: the next line is its first. */
  constructor(socket: FeedSocket, ring: LineRing) {
    this.#socket = socket;
    this.#ring = ring;
    this.#cursor = ring.head;
  }

  /** Offset of the first byte it was not sent. */
  get cursor(): number {
    return this.#cursor;
  }

  get backlogBytes(): number {
    return this.#ring.head - this.#cursor;
  }

  /** Sends what the socket takes. Once it is full, nothing is tried until it has drained. */
  flush(): void {
    while (!this.#full && this.backlogBytes > 0) {
      const bytes = this.#ring.from(this.#cursor);
      const taken = this.#socket.write(bytes);
      if (taken > 0) this.#cursor += taken;
      this.#full = taken < bytes.length;
    }
  }

  /** The socket takes bytes again. */
  drained(): void {
    this.#full = false;
    this.flush();
  }

  /** Lines it was not sent whole. */
  linesMissing(): number {
    return this.#ring.linesFrom(this.#cursor);
  }

  end(): void {
    this.#socket.end();
  }

  /** Resets the connection, so that the gap is seen where it is. */
  cut(): void {
    this.#socket.terminate();
  }
}
