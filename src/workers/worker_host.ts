/**
 * The thread's side of a worker: takes its start and stop messages, says when it is ready, and
 * turns whatever goes wrong inside into a message that the supervisor understands.
 */
import { writeSync } from "node:fs";
import { createLog, type Log } from "../log.ts";
import type { FromWorker, ToWorker, WorkerBasics } from "./messages.ts";

/** What can't be mended by a restart: an exit code for the process. */
export class FatalError extends Error {
  override readonly name = "FatalError";
  constructor(message: string, readonly exitCode: number, options?: { cause?: unknown }) {
    super(message, options);
  }
}

export interface WorkerBody<Start, From> {
  readonly area: string;
  /** Resolves once it runs. */
  start(start: Start, tools: WorkerTools<From>): Promise<void>;
  /** Ends in order; what is pending is finished. */
  stop(): Promise<void>;
}

export interface WorkerTools<From> {
  readonly log: Log;
  post(message: From, transfer?: Transferable[]): void;
  /** For errors that surface outside of any call: told to the supervisor. */
  fail(error: unknown): void;
}

declare const self: Worker & {
  postMessage(message: unknown, transfer?: Transferable[]): void;
};

/**
 * Runs the body in this thread. `other` takes messages besides start and stop.
 */
export function hostWorker<Start extends WorkerBasics, To extends { readonly type: string }, From>(
  body: WorkerBody<Start, From>,
  other: (message: Exclude<To, ToWorker<Start>>) => void = () => {},
): void {
  const post = (message: From | FromWorker, transfer: Transferable[] = []) =>
    self.postMessage(message, transfer);
  const fail = (error: unknown) => post(failure(error));
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    fail((event as PromiseRejectionEvent).reason);
  });
  self.onmessage = (event: MessageEvent) => {
    const message = event.data as ToWorker<Start> | Exclude<To, ToWorker<Start>>;
    if (message.type === "start") {
      const { start } = message as { start: Start };
      const log = createLog({
        format: start.logFormat,
        area: body.area,
        write: (line) => void writeSync(2, line),
      });
      body.start(start, { log, post, fail }).then(() => post({ type: "ready" }), fail);
    } else if (message.type === "stop") {
      body.stop().then(() => post({ type: "stopped" }), (error) => {
        fail(error);
        post({ type: "stopped" });
      });
    } else {
      other(message as Exclude<To, ToWorker<Start>>);
    }
  };
}

function failure(error: unknown): FromWorker {
  const message = error instanceof Error ? error.stack ?? error.message : String(error);
  return error instanceof FatalError
    ? { type: "fatal", message: error.message, exitCode: error.exitCode }
    : { type: "failed", message };
}
