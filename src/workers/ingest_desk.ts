/**
 * The main thread's side of lines that come by HTTP: hands a request's lines to the speed worker and
 * holds the request until that has answered. Owns the bounds on requests under way and on the bytes
 * they hold. Promises that every request is answered: by the worker, at its time limit, or when the
 * worker is gone.
 */
import { LIMITS } from "../limits.ts";
import {
  type IngestDoor,
  type IngestOutcome,
  type IngestPlace,
  type IngestRefusal,
  refusedLines,
} from "../model/ingest.ts";
import type { Clock } from "../runtime/clock.ts";
import type { ToSpeed } from "./messages.ts";

export type IngestLimits = Pick<
  typeof LIMITS,
  "ingestRequestsMax" | "ingestBytesMax" | "ingestWaitMsMax"
>;

export interface IngestDeskOptions {
  readonly post: (message: ToSpeed, transfer: Transferable[]) => void;
  readonly isDiskFull: () => boolean;
  readonly clock: Clock;
  /** LIMITS unless a test says otherwise. */
  readonly limits?: Partial<Record<keyof IngestLimits, number>>;
}

export class IngestDesk implements IngestDoor {
  readonly #options: IngestDeskOptions;
  readonly #limits: Record<keyof IngestLimits, number>;
  readonly #waiting = new Map<number, (outcome: IngestOutcome) => void>();
  #shut: "starting" | "stopping" | null = "starting";
  #lastId = 0;
  #requests = 0;
  #bytes = 0;

  constructor(options: IngestDeskOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
  }

  /** The speed worker takes lines. */
  open(): void {
    if (this.#shut === "starting") this.#shut = null;
  }

  /** No further lines from now on; those under way are still answered. */
  shut(reason: "starting" | "stopping"): void {
    if (this.#shut !== "stopping") this.#shut = reason;
  }

  /** The speed worker is gone: whether it had archived what it had, nobody will say. */
  lost(): void {
    this.shut("starting");
    const reason = this.#shut === "stopping" ? "stopping" : "failed";
    for (const id of [...this.#waiting.keys()]) this.answer(id, refusedLines(reason, true));
  }

  /** What the worker says of a request; of one that is not waiting any more, nothing happens. */
  answer(id: number, outcome: IngestOutcome): void {
    const resolve = this.#waiting.get(id);
    this.#waiting.delete(id);
    resolve?.(outcome);
  }

  refusal(): IngestRefusal | null {
    return this.#shut ?? (this.#options.isDiskFull() ? "disk_full" : null);
  }

  enter(): IngestPlace | null {
    if (this.#requests >= this.#limits.ingestRequestsMax) return null;
    this.#requests++;
    let heldBytes = 0;
    let isLeft = false;
    let given: Promise<unknown> = Promise.resolve();
    return {
      hold: (bytes) => {
        if (bytes > 0 && this.#bytes + bytes > this.#limits.ingestBytesMax) return false;
        heldBytes += bytes;
        this.#bytes += bytes;
        return true;
      },
      archive: (lines) => {
        const answered = this.#give(lines);
        given = answered;
        return this.#inTime(answered);
      },
      leave: () => {
        if (isLeft) return;
        isLeft = true;
        void given.then(() => {
          this.#requests--;
          this.#bytes -= heldBytes;
        });
      },
    };
  }

  #give(lines: Uint8Array<ArrayBuffer>): Promise<IngestOutcome> {
    if (this.#shut !== null) return Promise.resolve(refusedLines(this.#shut, false));
    const id = ++this.#lastId;
    const answered = new Promise<IngestOutcome>((resolve) => this.#waiting.set(id, resolve));
    this.#options.post({ type: "ingest", id, lines }, [lines.buffer]);
    return answered;
  }

  async #inTime(answered: Promise<IngestOutcome>): Promise<IngestOutcome> {
    let cancel = () => {};
    const late = new Promise<IngestOutcome>((resolve) => {
      const tooLate = () => resolve(refusedLines("too_slow", true));
      cancel = this.#options.clock.after(this.#limits.ingestWaitMsMax, tooLate);
    });
    try {
      return await Promise.race([answered, late]);
    } finally {
      cancel();
    }
  }
}
