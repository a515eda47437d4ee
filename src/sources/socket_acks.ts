/**
 * Acknowledgements to one agent: `{"ack":N}` a line, N never falling. What the agent does not read
 * is never queued: one line at most is half written, and of all that came since, the newest goes
 * next. Numbers of one turn of the event loop go as one line.
 */

/** What it needs of a socket; Bun's sockets have it. */
export interface WritableSocket {
  /** Bytes taken; fewer than given where the peer does not read, none or -1 where it is gone. */
  write(bytes: Uint8Array): number;
}

const NOTHING = new Uint8Array(0);

export class AckWriter {
  #newest: number | null = null;
  #unsent: Uint8Array = NOTHING;
  #isScheduled = false;

  constructor(private readonly socket: WritableSocket) {}

  /** Lines archived by now. */
  tell(lines: number): void {
    this.#newest = lines;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }

  /** For when the socket takes bytes again. */
  flush(): void {
    for (;;) {
      if (this.#unsent.length === 0) {
        if (this.#newest === null) return;
        this.#unsent = encode(this.#newest);
        this.#newest = null;
      }
      const taken = this.socket.write(this.#unsent);
      this.#unsent = this.#unsent.subarray(Math.max(taken, 0));
      if (this.#unsent.length > 0) return;
    }
  }

  /**
   * The rest of a line that the peer has the beginning of, and the newest number too where it is
   * wanted. For whoever ends the connection: nothing is written by this after it.
   */
  end(withNewest = false): Uint8Array {
    const rest = withNewest && this.#newest !== null
      ? Buffer.concat([this.#unsent, encode(this.#newest)])
      : this.#unsent;
    this.#unsent = NOTHING;
    this.#newest = null;
    return rest;
  }
}

function encode(lines: number): Uint8Array {
  return new TextEncoder().encode(`{"ack":${lines}}\n`);
}
