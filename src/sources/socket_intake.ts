/**
 * What dialled and accepted sockets share: one framer a connection, one bound on the bytes that
 * were handed on and are not yet done with, and the counters. While more than `queueBytesMax` bytes
 * wait, every socket is paused, and resumed below half: the senders' TCP windows fill, nothing is
 * dropped. On close the unfinished last line is handed on as well.
 *
 * ```
 * socket → framer → onBlock(block, connectionId) ─ promise ─┐
 *    ▲ pause / resume                                       │
 *    └────────────── queuedBytes, up at the call, down when it settles
 * ```
 */
import { LIMITS } from "../limits.ts";
import type { Log } from "../log.ts";
import type { LineBlock } from "../model/line_block.ts";
import { LineFramer } from "./line_framer.ts";

/** Takes whole lines; a promise it returns settles when it is done with them (they are on disk). */
export type OnBlock = (block: LineBlock, connectionId: number) => void | Promise<void>;

/** What the intake needs of a socket; Bun's sockets have it. */
export interface PausableSocket {
  pause(): void;
  resume(): void;
}

export interface IntakeOptions {
  readonly onBlock: OnBlock;
  readonly log: Log;
  /** Called when `onBlock` fails: its bytes are then in nobody's hands. */
  readonly onFailure?: (error: unknown) => void;
  readonly queueBytesMax?: number;
  readonly unfinishedBytesMax?: number;
  readonly lineBytesMax?: number;
}

export interface IntakeStats {
  readonly connections: number;
  /** Bytes and lines handed on; blank lines are lines. */
  readonly bytes: number;
  readonly lines: number;
  readonly cutLines: number;
  readonly cutBytes: number;
  /** Handed on and not yet done with. */
  readonly queuedBytes: number;
  /** Times that the sockets were paused. */
  readonly pauses: number;
  readonly paused: boolean;
}

export class SocketIntake {
  readonly #options: IntakeOptions;
  readonly #queueBytesMax: number;
  readonly #unfinishedBytesMax: number;
  readonly #open = new Set<IntakeConnection>();
  readonly #waiting = new Set<Promise<void>>();
  #lastId = 0;
  #queuedBytes = 0;
  #unfinishedBytes = 0;
  #paused = false;
  #pauses = 0;
  #bytes = 0;
  #lines = 0;
  #cutLines = 0;
  #cutBytes = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#queueBytesMax = options.queueBytesMax ?? LIMITS.archiveQueueBytesMax;
    this.#unfinishedBytesMax = options.unfinishedBytesMax ?? LIMITS.unfinishedBytesMax;
  }

  /** A connection of its own id (from 1) and framer. Close it when its socket closes. */
  connect(socket: PausableSocket): IntakeConnection {
    const connection = new IntakeConnection(++this.#lastId, socket, this.#options.lineBytesMax, {
      take: (block, framer) => this.#take(block, framer.id),
      unfinished: (change) => this.#holdUnfinished(change),
      cut: (lines, bytes) => {
        this.#cutLines += lines;
        this.#cutBytes += bytes;
      },
      closed: (closed) => this.#open.delete(closed),
    });
    this.#open.add(connection);
    if (this.#paused) socket.pause();
    return connection;
  }

  get paused(): boolean {
    return this.#paused;
  }

  stats(): IntakeStats {
    return {
      connections: this.#open.size,
      bytes: this.#bytes,
      lines: this.#lines,
      cutLines: this.#cutLines,
      cutBytes: this.#cutBytes,
      queuedBytes: this.#queuedBytes,
      pauses: this.#pauses,
      paused: this.#paused,
    };
  }

  /** Resolves once everything handed on so far is done with. Never rejects: see `onFailure`. */
  async idle(): Promise<void> {
    while (this.#waiting.size > 0) await Promise.all(this.#waiting);
  }

  #take(block: LineBlock, connectionId: number): void {
    this.#bytes += block.bytes.length;
    this.#lines += block.ends.length;
    let outcome: void | Promise<void>;
    try {
      outcome = this.#options.onBlock(block, connectionId);
    } catch (error) {
      return this.#failed(error);
    }
    if (outcome === undefined) return;
    const size = block.bytes.length;
    this.#queuedBytes += size;
    if (this.#queuedBytes > this.#queueBytesMax) this.#pause();
    const settled: Promise<void> = outcome.catch((error) => this.#failed(error)).then(() => {
      this.#waiting.delete(settled);
      this.#queuedBytes -= size;
      if (this.#paused && this.#queuedBytes < this.#queueBytesMax / 2) this.#resume();
    });
    this.#waiting.add(settled);
  }

  #failed(error: unknown): void {
    this.#options.log.error("lines could not be handed on", { error });
    this.#options.onFailure?.(error);
  }

  /** Whether there is room for the change in unfinished lines; it is counted in any case. */
  #holdUnfinished(change: number): boolean {
    this.#unfinishedBytes += change;
    return change <= 0 || this.#unfinishedBytes <= this.#unfinishedBytesMax;
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#pauses++;
    for (const connection of this.#open) connection.socket.pause();
  }

  #resume(): void {
    this.#paused = false;
    for (const connection of this.#open) connection.socket.resume();
  }
}

interface Owner {
  take(block: LineBlock, connection: IntakeConnection): void;
  unfinished(change: number): boolean;
  cut(lines: number, bytes: number): void;
  closed(connection: IntakeConnection): void;
}

/** One socket's way in. */
export class IntakeConnection {
  /** Lines handed on from this connection. */
  lines = 0;
  readonly #framer: LineFramer;
  readonly #owner: Owner;
  #closed = false;

  constructor(
    readonly id: number,
    readonly socket: PausableSocket,
    lineBytesMax: number | undefined,
    owner: Owner,
  ) {
    this.#framer = new LineFramer(lineBytesMax);
    this.#owner = owner;
  }

  /** False where unfinished lines hold too much memory: then close this connection. */
  push(chunk: Uint8Array): boolean {
    if (this.#closed) return true;
    const { pendingBytes, cutLines, cutBytes } = this.#framer;
    const block = this.#framer.push(chunk);
    this.#owner.cut(this.#framer.cutLines - cutLines, this.#framer.cutBytes - cutBytes);
    const room = this.#owner.unfinished(this.#framer.pendingBytes - pendingBytes);
    this.#take(block);
    return room;
  }

  /** The socket is closed: what is left of its last line is handed on. Twice is once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#owner.unfinished(-this.#framer.pendingBytes);
    this.#take(this.#framer.end());
    this.#owner.closed(this);
  }

  #take(block: LineBlock | null): void {
    if (block === null) return;
    this.lines += block.ends.length;
    this.#owner.take(block, this);
  }
}
