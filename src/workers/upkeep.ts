/**
 * The main thread's side of upkeep: takes one job at a time, starts the thread at the first one,
 * and hands on what it says. A job whose reader is gone is stopped.
 */
import type { Log } from "../log.ts";
import type { Clock } from "../runtime/clock.ts";
import type {
  FromUpkeep,
  ToUpkeep,
  UpkeepJob,
  UpkeepProgress,
  UpkeepResult,
  UpkeepStart,
} from "./messages.ts";
import type { GivenAccess } from "./store_keeper.ts";
import { supervise, type Supervised } from "./supervisor.ts";

export type UpkeepNews =
  | { readonly progress: UpkeepProgress }
  | { readonly result: UpkeepResult }
  | { readonly error: string };

export interface UpkeepHostOptions {
  readonly start: () => { readonly start: UpkeepStart; readonly transfer: Transferable[] };
  /** A rebuild has put another store in place. */
  readonly onReplaced: () => void;
  readonly onFatal: (message: string, exitCode: number) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Something is said at least so often: a connection that is silent for long is taken for dead. */
const SILENCE_MS_MAX = 5_000;

export class Upkeep {
  readonly #options: UpkeepHostOptions;
  #worker: Supervised<ToUpkeep> | null = null;
  #id = 0;
  #take: ((news: UpkeepNews) => void) | null = null;

  constructor(options: UpkeepHostOptions) {
    this.#options = options;
  }

  /** Null while another one is at work. */
  run(job: UpkeepJob): AsyncGenerator<UpkeepNews> | null {
    if (this.#take !== null) return null;
    const id = ++this.#id;
    const queue: UpkeepNews[] = [];
    let wake: () => void = () => {};
    this.#take = (news) => {
      // Of progress only the newest is of interest.
      if ("progress" in news && queue.length > 0 && "progress" in queue.at(-1)!) queue.pop();
      queue.push(news);
      wake();
    };
    this.#worker ??= this.#launch();
    this.#worker.post({ type: "run", job, id });
    return this.#read(id, queue, (resolve) => wake = resolve);
  }

  /** The embedded store's thread was started again: the job under way ends. */
  storeRenewed(give: () => GivenAccess): void {
    if (this.#worker === null) return;
    const { access, transfer } = give();
    this.#worker.post({ type: "store_renewed", access }, transfer);
  }

  async stop(): Promise<void> {
    await this.#worker?.stop();
    this.#end({ error: "rackwatch is stopping" });
  }

  async *#read(
    id: number,
    queue: UpkeepNews[],
    onWake: (wake: () => void) => void,
  ): AsyncGenerator<UpkeepNews> {
    let last: UpkeepNews = {
      progress: { step: "starting", fraction: 0, lines: 0, what: "" },
    };
    let isOver = false;
    try {
      while (!isOver) {
        const next = queue.shift();
        if (next === undefined) {
          await new Promise<void>((resolve) => {
            const cancel = this.#options.clock.after(SILENCE_MS_MAX, resolve);
            onWake(() => {
              cancel();
              resolve();
            });
          });
          if (queue.length === 0) yield last;
          continue;
        }
        isOver = !("progress" in next);
        if (isOver) this.#take = null;
        last = next;
        yield next;
      }
    } finally {
      if (!isOver) this.#worker?.post({ type: "cancel", id });
    }
  }

  /** What a job says last, to its reader if it still has one. */
  #end(news: UpkeepNews): void {
    const take = this.#take;
    this.#take = null;
    take?.(news);
  }

  #launch(): Supervised<ToUpkeep> {
    const { start, onReplaced, onFatal, clock, log } = this.#options;
    let launches = 0;
    return supervise<UpkeepStart, ToUpkeep, FromUpkeep>({
      name: "upkeep",
      clock,
      log,
      onFatal,
      start: () => {
        if (launches++ > 0) {
          this.#end({ error: "the upkeep thread failed; its reason is in the log" });
        }
        return start();
      },
      onMessage: (message) => {
        if (message.type === "done" && message.result?.job === "rebuild") onReplaced();
        if (!("id" in message) || message.id !== this.#id) return;
        if (message.type === "progress") this.#take?.({ progress: message.progress });
        if (message.type === "broken") this.#end({ error: message.message });
        if (message.type !== "done") return;
        if (message.result === null) this.#end({ error: "it was stopped before its end" });
        else this.#end({ result: message.result });
      },
    });
  }
}
