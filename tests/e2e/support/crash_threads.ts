/**
 * Lets a test end a thread of a real rackwatch process at a moment of its choosing, as a fault of
 * ours would: by an error that nobody catches. Given to the process with `bun --preload`, so that
 * nothing in the program knows of it; see `crashable.ts` for the test's side.
 *
 * In the main thread it has every worker load `crash_here.ts` first, and listens for whom to crash.
 */
import { type Crash, CRASHES, HEARD } from "./crash_here.ts";

const RealWorker = globalThis.Worker;

class CrashableWorker extends RealWorker {
  constructor(url: string | URL, options: WorkerOptions = {}) {
    const here = new URL("./crash_here.ts", import.meta.url).pathname;
    super(url, { ...options, preload: [here], argv: [options.name ?? ""] });
  }
}

if (Bun.isMainThread) {
  globalThis.Worker = CrashableWorker as typeof Worker;
  const channel = new BroadcastChannel(CRASHES);
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      const [, how, thread = ""] = new URL(request.url).pathname.split("/");
      const heard = new Promise<void>((resolve) => {
        channel.onmessage = ({ data }) => void (data === HEARD && resolve());
      });
      channel.postMessage({ how, thread } as Crash);
      if (how !== "throw") await heard;
      return new Response();
    },
  });
  const address = `127.0.0.1:${server.port}`;
  console.error(JSON.stringify({ level: "info", message: "listening for crashes", address }));
}
