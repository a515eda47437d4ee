/** A question that is asked once, and again for as long as the server is only busy. */
import { isBusy, retryMsOf } from "./ask.ts";

const AGAIN_MS = 2_000;

export interface PatientOptions {
  /** Aborts when nobody wants to know any more: then nothing is asked, and nothing told. */
  readonly gone: AbortSignal;
  readonly after: (delayMs: number, task: () => void) => void;
}

/** The answer; rejects with what is not a busy server. Never settles once `gone` has aborted. */
export function askPatiently<T>(
  ask: () => Promise<T>,
  { gone, after }: PatientOptions,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const start = () => {
      if (gone.aborted) return;
      ask().then((answer) => {
        if (!gone.aborted) resolve(answer);
      }, (error: unknown) => {
        if (gone.aborted) return;
        if (isBusy(error)) after(retryMsOf(error, AGAIN_MS), start);
        else reject(error);
      });
    };
    start();
  });
}
