/** A worker that does what its start message says, for the supervisor's tests. */
import type { ToWorker, WorkerBasics } from "../../../src/workers/messages.ts";
import { FatalError, hostWorker } from "../../../src/workers/worker_host.ts";

export interface UnrulyStart extends WorkerBasics {
  readonly life: number;
  readonly does:
    | "work"
    | "throw"
    | "reject_later"
    | "refuse_to_start"
    | "exit"
    | "fatal"
    | "ignore_stop";
}

export interface FromUnruly {
  readonly type: "beat";
  readonly life: number;
}

let ignoresStop = false;

hostWorker<UnrulyStart, ToWorker<UnrulyStart>, FromUnruly>({
  area: "unruly",
  start: ({ life, does }, { post, fail }) => {
    post({ type: "beat", life });
    setInterval(() => post({ type: "beat", life }), 5);
    ignoresStop = does === "ignore_stop";
    if (does === "throw") {
      setTimeout(() => {
        throw new Error("thrown in a timer");
      });
    }
    if (does === "reject_later") setTimeout(() => void Promise.reject(new Error("nobody caught")));
    if (does === "exit") setTimeout(() => process.exit(3));
    if (does === "fatal") fail(new FatalError("the disk is gone", 74));
    return does === "refuse_to_start"
      ? Promise.reject(new Error("will not start"))
      : Promise.resolve();
  },
  stop: () => ignoresStop ? new Promise(() => {}) : Promise.resolve(),
});
