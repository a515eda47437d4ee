/** SIGINT and SIGTERM: the first one asks for an ordered stop, a second one ends at once. */

export interface StopRequest {
  readonly signal: AbortSignal;
  /** Resolves at the first signal, or when `request` is called. */
  readonly requested: Promise<number>;
  /** Asks for the stop from inside, with the exit code that it shall end with. */
  request(exitCode: number): void;
}

/** Exit code of a process that a second signal ended: 128 + SIGINT. */
const AT_ONCE = 130;

export function onStopSignals(): StopRequest {
  const controller = new AbortController();
  let resolveRequested: (exitCode: number) => void = () => {};
  const requested = new Promise<number>((resolve) => resolveRequested = resolve);
  const request = (exitCode: number) => {
    controller.abort();
    resolveRequested(exitCode);
  };
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(AT_ONCE);
    request(0);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return { signal: controller.signal, requested, request };
}
