/**
 * Serves an archived run again on TCP: its bytes, in its order, at its own pace times a speed. It
 * begins with the first client; who joins later gets the lines from then on. It goes at the pace of
 * the slowest reader, so nobody misses a line; one that takes nothing for a while is cut.
 */
import type { ArchivedBlock } from "../archive/run_reader.ts";
import { LIMITS } from "../limits.ts";
import type { Log } from "../log.ts";
import { type Clock, delay } from "../runtime/clock.ts";

export interface ReplayOptions {
  readonly hostname: string;
  readonly port: number;
  readonly blocks: AsyncIterable<ArchivedBlock>;
  /** Times the run's own pace; 0: as fast as it is read. */
  readonly speed: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface Replay {
  readonly port: number;
  /** Resolves with the bytes and lines served, once all is sent or the signal aborted. */
  readonly finished: Promise<{ readonly bytes: number; readonly lines: number }>;
}

/** Lets a socket's writer wait until it takes bytes again. */
class Reader {
  #wake: (() => void) | null = null;
  #isOpen = true;

  constructor(readonly socket: Bun.Socket<Reader>) {}

  drained(): void {
    this.#wake?.();
    this.#wake = null;
  }

  /** It is gone, or is to go: nothing more is sent. */
  leave(): void {
    this.#isOpen = false;
    this.drained();
  }

  /** All of `bytes`; gives up on a socket that takes none for LIMITS.feedFlushMsMax. */
  async send(bytes: Uint8Array, clock: Clock): Promise<void> {
    let rest = bytes;
    while (this.#isOpen) {
      const taken = this.socket.write(rest);
      if (taken >= rest.length) return;
      if (taken > 0) rest = rest.subarray(taken);
      await new Promise<void>((resolve) => {
        const cancel = clock.after(LIMITS.feedFlushMsMax, () => {
          this.#isOpen = false;
          this.socket.terminate();
          resolve();
        });
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
    }
  }
}

export function serveReplay(options: ReplayOptions): Replay {
  const readers = new Set<Reader>();
  let someoneCame: () => void = () => {};
  const firstReader = new Promise<void>((resolve) => someoneCame = resolve);
  const leave = (reader: Reader) => {
    readers.delete(reader);
    reader.leave();
  };
  const listener = Bun.listen<Reader>({
    hostname: options.hostname,
    port: options.port,
    socket: {
      open: (socket) => {
        socket.data = new Reader(socket);
        readers.add(socket.data);
        someoneCame();
      },
      drain: (socket) => socket.data.drained(),
      close: (socket) => leave(socket.data),
      error: (socket) => leave(socket.data),
      data: () => {},
    },
  });
  const aborted = new Promise<void>((resolve) =>
    options.signal.addEventListener("abort", () => {
      for (const reader of readers) reader.leave();
      resolve();
    }, { once: true })
  );
  const run = async () => {
    await Promise.race([firstReader, aborted]);
    const sent = await play(options, readers);
    for (const reader of readers) reader.socket.end();
    listener.stop();
    return sent;
  };
  return { port: listener.port, finished: run() };
}

async function play(
  options: ReplayOptions,
  readers: ReadonlySet<Reader>,
): Promise<{ bytes: number; lines: number }> {
  const { blocks, clock, signal, speed } = options;
  const startedMs = clock.monotonicMs();
  let firstArrivalMs: number | null = null;
  let bytes = 0, lines = 0;
  for await (const { block, arrivalMs } of blocks) {
    if (signal.aborted) break;
    firstArrivalMs ??= arrivalMs;
    if (speed > 0) {
      const dueMs = startedMs + (arrivalMs - firstArrivalMs) / speed;
      const waitMs = dueMs - clock.monotonicMs();
      if (waitMs > 0) await delay(clock, waitMs, signal);
      if (signal.aborted) break;
    }
    await Promise.all([...readers].map((reader) => reader.send(block.bytes, clock)));
    bytes += block.bytes.length;
    lines += block.ends.length;
  }
  return { bytes, lines };
}
