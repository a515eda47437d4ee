/** Loaded first in each worker of a process under `crash_threads.ts`; its last argument is its name. */
export const CRASHES = "rackwatch-tests-crashes";

if (!Bun.isMainThread) {
  const channel = new BroadcastChannel(CRASHES);
  // One that nothing holds may be collected, its listener with it.
  Object.assign(globalThis, { [CRASHES]: channel });
  channel.onmessage = (event) => {
    if (event.data !== process.argv.at(-1)) return;
    setTimeout(() => {
      throw new Error("crashed by a test");
    });
  };
}
