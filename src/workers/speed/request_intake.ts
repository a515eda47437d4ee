/**
 * Lines of HTTP requests on their way into the archive: each request is one more connection of the
 * sockets' intake, with an id of its own, and rests when the sockets rest. So one bound holds for
 * both, and both are archived in the order in which they were handed over.
 */
import { LIMITS } from "../../limits.ts";
import { type IngestOutcome, refusedLines } from "../../model/ingest.ts";
import type { PausableSocket, SocketIntake } from "../../sources/socket_intake.ts";

export interface RequestIntakeOptions {
  readonly isDiskFull: () => boolean;
  /** Aborts when the layer stops: what is not handed over by then is refused. */
  readonly stopping: AbortSignal;
  readonly blockBytes?: number;
}

export class RequestIntake {
  readonly #intake: SocketIntake;
  readonly #options: RequestIntakeOptions;

  constructor(intake: SocketIntake, options: RequestIntakeOptions) {
    this.#intake = intake;
    this.#options = options;
  }

  /** Whole lines; resolves once all of them are durable, or with the reason why not. */
  async take(lines: Uint8Array): Promise<IngestOutcome> {
    const { isDiskFull, stopping, blockBytes = LIMITS.ingestBlockBytes } = this.#options;
    if (stopping.aborted) return refusedLines("stopping", false);
    if (isDiskFull()) return refusedLines("disk_full", false);
    const gate = new Gate(stopping);
    let doneLines = 0;
    const onDone = (count: number) => doneLines = count;
    const connection = this.#intake.connect(gate, { onDone });
    let from = 0;
    while (from < lines.length) {
      if (gate.isShut) await gate.opened();
      if (stopping.aborted) break;
      const to = blockEnd(lines, from, blockBytes);
      connection.push(lines.subarray(from, to));
      from = to;
    }
    connection.close();
    await connection.settled();
    if (from < lines.length) return refusedLines("stopping", from > 0);
    return doneLines === connection.lines ? { kind: "archived" } : refusedLines("failed", true);
  }
}

/** What the intake pauses of a request: the next block. */
class Gate implements PausableSocket {
  isShut = false;
  #wake: () => void = () => {};

  constructor(private readonly stopping: AbortSignal) {}

  pause(): void {
    this.isShut = true;
  }

  resume(): void {
    this.isShut = false;
    this.#wake();
  }

  /** Resolves once it is open, or the layer stops. */
  async opened(): Promise<void> {
    while (this.isShut && !this.stopping.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.stopping.removeEventListener("abort", wake);
          resolve();
        };
        this.#wake = wake;
        this.stopping.addEventListener("abort", wake, { once: true });
      });
    }
  }
}

const LF = 10;

/** After the last line that ends within `blockBytes`; after the first one where it is longer. */
function blockEnd(lines: Uint8Array, from: number, blockBytes: number): number {
  if (lines.length - from <= blockBytes) return lines.length;
  const last = lines.lastIndexOf(LF, from + blockBytes - 1);
  if (last >= from) return last + 1;
  const next = lines.indexOf(LF, from);
  return next === -1 ? lines.length : next + 1;
}
