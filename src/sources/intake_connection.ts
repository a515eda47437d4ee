/**
 * One socket's way in: its framer, its place in its stream, and what of it is done with. Owns the
 * count of lines that an acknowledgement gives; a block that failed is never counted, nor is one
 * after it.
 */
import type { LineBlock } from "../model/line_block.ts";
import type { StreamLines } from "../model/stream.ts";
import type { LineFramer } from "./line_framer.ts";
import type { ConnectOptions, PausableSocket } from "./socket_intake.ts";

/** The intake, as its connections see it. */
export interface ConnectionOwner {
  take(
    block: LineBlock,
    connectionId: number,
    stream: StreamLines | undefined,
  ): Promise<boolean> | boolean;
  unfinished(change: number): boolean;
  cut(lines: number, bytes: number): void;
  closed(connection: IntakeConnection): void;
}

export class IntakeConnection {
  /** Lines handed on from this connection. */
  lines = 0;
  /** Lines of its stream before its first. */
  readonly #linesBefore: number;
  #settled: Promise<unknown> = Promise.resolve();
  #hasFailed = false;
  #closed = false;

  constructor(
    readonly id: number,
    readonly socket: PausableSocket,
    private readonly framer: LineFramer,
    private readonly options: ConnectOptions,
    private readonly owner: ConnectionOwner,
  ) {
    this.#linesBefore = options.stream?.lines ?? 0;
  }

  /** False where unfinished lines hold too much memory: then close this connection. */
  push(chunk: Uint8Array): boolean {
    if (this.#closed) return true;
    const { pendingBytes, cutLines, cutBytes } = this.framer;
    const block = this.framer.push(chunk);
    this.owner.cut(this.framer.cutLines - cutLines, this.framer.cutBytes - cutBytes);
    const room = this.owner.unfinished(this.framer.pendingBytes - pendingBytes);
    this.#take(block);
    return room;
  }

  /**
   * The socket is closed: what is left of its last line is handed on, unless it is of a stream, or
   * known to be torn. Twice is once.
   */
  close(isTorn = false): void {
    if (this.#closed) return;
    this.#closed = true;
    this.owner.unfinished(-this.framer.pendingBytes);
    const rest = this.framer.end();
    if (this.options.stream === undefined && !isTorn) this.#take(rest);
    this.owner.closed(this);
  }

  /** Resolves once all that was handed on so far is done with, or has failed. */
  async settled(): Promise<void> {
    await this.#settled;
  }

  #take(block: LineBlock | null): void {
    if (block === null) return;
    this.lines += block.ends.length;
    const lines = this.#linesBefore + this.lines;
    const stream = this.options.stream && { stream: this.options.stream.stream, lines };
    const taken = this.owner.take(block, this.id, stream);
    if (typeof taken === "boolean") this.#done(taken, lines);
    else this.#settled = taken.then((isDone) => this.#done(isDone, lines));
  }

  #done(isDone: boolean, lines: number): void {
    this.#hasFailed ||= !isDone;
    if (!this.#hasFailed) this.options.onDone?.(lines);
  }
}
