/**
 * What dialled and accepted sockets share: one framer a connection, one bound on the bytes that
 * were handed on and are not yet done with, and the counters. While more than `queueBytesMax` bytes
 * wait, or somebody behind holds it, every socket is paused, and resumed below half: the senders' TCP
 * windows fill, nothing is dropped. On close the unfinished last line is handed on as well.
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
import type { StreamLines } from "../model/stream.ts";
import { IntakeConnection } from "./intake_connection.ts";
import { LineFramer } from "./line_framer.ts";

/**
 * Takes whole lines; a promise it returns settles when it is done with them (they are on disk).
 * `stream` is where the block ends in its stream, on a connection of one.
 */
export type OnBlock = (
  block: LineBlock,
  connectionId: number,
  stream?: StreamLines,
) => void | Promise<void>;

export interface ConnectOptions {
  /**
   * The connection goes on with this stream after so many lines. An unfinished last line is not
   * handed on when it closes: the agent sends it again, whole.
   */
  readonly stream?: StreamLines | undefined;
  /** Told after lines are done with: how many of the stream, or of a connection without, by now. */
  readonly onDone?: ((lines: number) => void) | undefined;
}

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
  readonly #waiting = new Set<Promise<boolean>>();
  #lastId = 0;
  #queuedBytes = 0;
  #unfinishedBytes = 0;
  #isOverQueue = false;
  #isHeld = false;
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
  connect(socket: PausableSocket, options: ConnectOptions = {}): IntakeConnection {
    const framer = new LineFramer(this.#options.lineBytesMax);
    const connection = new IntakeConnection(++this.#lastId, socket, framer, options, {
      take: (block, id, stream) => this.#take(block, id, stream),
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

  /** Whoever takes the lines can't keep up for the moment: sockets rest until it says otherwise. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#pauseOrResume();
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

  /** Lines may still come of what was received: `idle` waits until this resolves. */
  expect(over: Promise<void>): void {
    const settled: Promise<boolean> = over.then(() => this.#waiting.delete(settled));
    this.#waiting.add(settled);
  }

  /** Resolves once everything handed on so far, or expected, is done with. Never rejects: see `onFailure`. */
  async idle(): Promise<void> {
    while (this.#waiting.size > 0) await Promise.all(this.#waiting);
  }

  /** What settles once the block is done with, true where it went well. */
  #take(
    block: LineBlock,
    connectionId: number,
    stream: StreamLines | undefined,
  ): Promise<boolean> | boolean {
    this.#bytes += block.bytes.length;
    this.#lines += block.ends.length;
    let outcome: void | Promise<void>;
    try {
      outcome = this.#options.onBlock(block, connectionId, stream);
    } catch (error) {
      return this.#failed(error);
    }
    if (outcome === undefined) return true;
    const size = block.bytes.length;
    this.#queuedBytes += size;
    this.#pauseOrResume();
    const settled: Promise<boolean> = outcome.then(() => true, (error) => this.#failed(error))
      .then((isDone) => {
        this.#waiting.delete(settled);
        this.#queuedBytes -= size;
        this.#pauseOrResume();
        return isDone;
      });
    this.#waiting.add(settled);
    return settled;
  }

  #failed(error: unknown): false {
    this.#options.log.error("lines could not be handed on", { error });
    this.#options.onFailure?.(error);
    return false;
  }

  /** Whether there is room for the change in unfinished lines; it is counted in any case. */
  #holdUnfinished(change: number): boolean {
    this.#unfinishedBytes += change;
    return change <= 0 || this.#unfinishedBytes <= this.#unfinishedBytesMax;
  }

  #pauseOrResume(): void {
    if (this.#queuedBytes > this.#queueBytesMax) this.#isOverQueue = true;
    else if (this.#queuedBytes < this.#queueBytesMax / 2) this.#isOverQueue = false;
    const pauses = this.#isHeld || this.#isOverQueue;
    if (pauses === this.#paused) return;
    this.#paused = pauses;
    if (pauses) this.#pauses++;
    for (const { socket } of this.#open) {
      if (pauses) socket.pause();
      else socket.resume();
    }
  }
}
