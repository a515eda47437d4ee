/**
 * The gate before what holds the main thread or the store for long: so many questions under way, so
 * many more waiting in the order in which they came, and beyond that 503 with the time to come again.
 * Equal questions share one answer while it is made. One whose askers are all gone leaves the queue;
 * what is under way is done to its end. Knows nothing of what is asked.
 */
import { LIMITS } from "../limits.ts";
import type { Clock } from "../runtime/clock.ts";
import { HttpError } from "./http_error.ts";

export interface Question<T> {
  /** Questions of equal keys have equal answers: path and query, and what else decides. */
  readonly key: string;
  /** Aborts when whoever asked is gone. */
  readonly gone: AbortSignal;
  readonly work: () => Promise<T>;
}

/** How questions ended since start; those that got another one's answer count as answered, too. */
export type AdmissionCounters = Readonly<
  Record<"answered" | "failed" | "refused" | "late" | "gone" | "shared", number>
>;

export interface AdmissionState {
  readonly underWay: number;
  readonly waiting: number;
  readonly counters: AdmissionCounters;
}

export interface AdmissionBounds {
  readonly underWayMax: number;
  readonly waitingMax: number;
  readonly waitMsMax: number;
}

const HEAVY: AdmissionBounds = {
  underWayMax: LIMITS.heavyQuestionsMax,
  waitingMax: LIMITS.heavyWaitingMax,
  waitMsMax: LIMITS.heavyWaitMsMax,
};

/** A question that was admitted, for all who ask it. */
interface Admitted {
  readonly key: string;
  readonly work: () => Promise<unknown>;
  readonly answer: PromiseWithResolvers<unknown>;
  askers: number;
  /** Ends its waiting; null once it is under way. */
  stopWaiting: (() => void) | null;
}

export class AdmissionGate {
  readonly #clock: Clock;
  readonly #bounds: AdmissionBounds;
  /** Waiting or under way. */
  readonly #admitted = new Map<string, Admitted>();
  #waiting: Admitted[] = [];
  #underWay = 0;
  readonly #counters = { answered: 0, failed: 0, refused: 0, late: 0, gone: 0, shared: 0 };

  constructor(clock: Clock, bounds: AdmissionBounds = HEAVY) {
    this.#clock = clock;
    this.#bounds = bounds;
  }

  get state(): AdmissionState {
    return {
      underWay: this.#underWay,
      waiting: this.#waiting.length,
      counters: { ...this.#counters },
    };
  }

  /** @throws {HttpError} 503 where there is no room, or its turn does not come in time. */
  async ask<T>({ key, gone, work }: Question<T>): Promise<T> {
    try {
      if (gone.aborted) throw new TurnedAway("gone");
      const admitted = this.#admit(key, work);
      admitted.askers++;
      try {
        // Equal keys, equal answers: so it is a T.
        const answer = await unlessGone(admitted.answer.promise as Promise<T>, gone);
        this.#counters.answered++;
        return answer;
      } finally {
        admitted.askers--;
        if (admitted.askers === 0) this.#leave(admitted);
      }
    } catch (error) {
      this.#counters[error instanceof TurnedAway ? error.why : "failed"]++;
      throw error;
    }
  }

  #admit(key: string, work: () => Promise<unknown>): Admitted {
    const equal = this.#admitted.get(key);
    if (equal !== undefined) {
      this.#counters.shared++;
      return equal;
    }
    const isFree = this.#underWay < this.#bounds.underWayMax;
    if (!isFree && this.#waiting.length >= this.#bounds.waitingMax) throw new TurnedAway("refused");
    const answer = Promise.withResolvers<unknown>();
    // A failure is for those who ask; they may all be gone by then.
    answer.promise.catch(() => {});
    const admitted: Admitted = { key, work, answer, askers: 0, stopWaiting: null };
    this.#admitted.set(key, admitted);
    if (isFree) void this.#answer(admitted);
    else this.#wait(admitted);
    return admitted;
  }

  #wait(admitted: Admitted): void {
    const cancel = this.#clock.after(this.#bounds.waitMsMax, () => {
      this.#leave(admitted);
      admitted.answer.reject(new TurnedAway("late"));
    });
    admitted.stopWaiting = cancel;
    this.#waiting.push(admitted);
  }

  /** Out of the queue; what is under way stays. */
  #leave(admitted: Admitted): void {
    if (admitted.stopWaiting === null) return;
    admitted.stopWaiting();
    admitted.stopWaiting = null;
    this.#waiting = this.#waiting.filter((other) => other !== admitted);
    this.#admitted.delete(admitted.key);
  }

  async #answer(admitted: Admitted): Promise<void> {
    const { key, work, answer } = admitted;
    this.#underWay++;
    try {
      answer.resolve(await work());
    } catch (error) {
      answer.reject(error);
    }
    this.#admitted.delete(key);
    this.#underWay--;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    next.stopWaiting?.();
    next.stopWaiting = null;
    void this.#answer(next);
  }
}

const RETRY_SECONDS = Math.ceil(LIMITS.heavyRetryMs / 1_000);
const WORDS = {
  refused: "So many questions of this kind wait already that no further one is taken",
  late: "The questions before this one took too long, so its turn did not come",
  gone: "Whoever asked is gone",
} as const;

/** Not answered, and not for what was asked. */
class TurnedAway extends HttpError {
  constructor(readonly why: keyof typeof WORDS) {
    super(
      503,
      "too_many_questions",
      `${WORDS[why]}; live data goes on at /events. Try again in ${RETRY_SECONDS} s.`,
      { "Retry-After": String(RETRY_SECONDS) },
    );
  }
}

/** As `answer` settles, or a rejection as soon as `gone` aborts. */
async function unlessGone<T>(answer: Promise<T>, gone: AbortSignal): Promise<T> {
  const left = Promise.withResolvers<never>();
  const leave = () => left.reject(new TurnedAway("gone"));
  gone.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([answer, left.promise]);
  } finally {
    gone.removeEventListener("abort", leave);
  }
}
