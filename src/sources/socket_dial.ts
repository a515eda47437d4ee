/**
 * Dials a feed and takes its lines, for ever: when the connection fails or ends, it waits (capped
 * exponential back-off with full jitter, so that many dialers don't come back in step) and dials
 * again. The back-off starts afresh after a connection that gave at least one line: one that
 * accepts and closes at once is not dialled in a tight loop.
 */
import { LIMITS } from "../limits.ts";
import type { Log } from "../log.ts";
import { type Clock, delay } from "../runtime/clock.ts";
import type { Random } from "../runtime/random.ts";
import { type Network, REAL_NETWORK } from "../runtime/sockets.ts";
import { formatAddress, parseAddress } from "../runtime/address.ts";
import type { IntakeConnection } from "./intake_connection.ts";
import type { SocketIntake } from "./socket_intake.ts";

export interface DialState {
  readonly state: "connecting" | "connected" | "waiting" | "idle";
  /** Connections after the first one. */
  readonly reconnects: number;
  /** Why the last attempt or connection ended; null before the first end. */
  readonly lastError: string | null;
}

export interface DialOptions {
  /** `tcp://host:port` or `host:port`. */
  readonly address: string;
  readonly intake: Pick<SocketIntake, "connect">;
  readonly onState: (state: DialState) => void;
  readonly network?: Network | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Ends the connection and the dialling. */
  readonly signal: AbortSignal;
}

/**
 * Resolves after the signal, once the socket is closed and its last line is handed on; state `idle`.
 * Never rejects for what the network does.
 *
 * @throws {TypeError | RangeError} at once where the address isn't one.
 */
export function dial(options: DialOptions): Promise<void> {
  const address = parseAddress(options.address, "the feed's address");
  return dialForEver(options, address.hostname, address.port);
}

/** Wait before attempt `failures + 1`: uniform in [0, min(max, min · 2^failures)). */
export function backoffMs(failures: number, random: Random): number {
  const ceiling = Math.min(LIMITS.reconnectMsMax, LIMITS.reconnectMsMin * 2 ** failures);
  return random.next() * ceiling;
}

async function dialForEver(options: DialOptions, hostname: string, port: number): Promise<void> {
  const { signal, log, clock } = options;
  const where = formatAddress({ hostname, port });
  let failures = 0;
  let connects = 0;
  let lastError: string | null = null;
  const tell = (state: DialState["state"]) =>
    options.onState({ state, reconnects: Math.max(0, connects - 1), lastError });
  while (!signal.aborted) {
    tell("connecting");
    const { lines, reason } = await connectOnce(options, hostname, port, () => {
      connects++;
      log.info("connected to the feed", { address: where });
      tell("connected");
    });
    if (signal.aborted) break;
    lastError = reason;
    failures = lines > 0 ? 0 : failures + 1;
    const waitMs = backoffMs(failures, options.random);
    log.warn("no feed; dialling again", { address: where, reason, wait_ms: Math.round(waitMs) });
    tell("waiting");
    await delay(clock, waitMs, signal);
  }
  tell("idle");
}

/** One connection from dialling to its end, however that comes. */
function connectOnce(
  options: DialOptions,
  hostname: string,
  port: number,
  onOpen: () => void,
): Promise<{ lines: number; reason: string }> {
  const { intake, signal, clock } = options;
  return new Promise((resolve) => {
    let connection: IntakeConnection | null = null;
    let socket: Bun.Socket | null = null;
    let ended = false;
    const end = (reason: string) => {
      if (ended) return;
      ended = true;
      cancelTimeout();
      signal.removeEventListener("abort", stop);
      connection?.close();
      socket?.terminate();
      resolve({ lines: connection?.lines ?? 0, reason });
    };
    const stop = () => end("stopped");
    const cancelTimeout = clock.after(
      LIMITS.connectMsMax,
      () => end(`no answer within ${LIMITS.connectMsMax} ms`),
    );
    signal.addEventListener("abort", stop, { once: true });
    (options.network ?? REAL_NETWORK).connect<undefined>({
      hostname,
      port,
      socket: {
        open(opened) {
          if (ended) return void opened.terminate();
          cancelTimeout();
          socket = opened;
          // A peer that vanished without a word is noticed by keep-alive probes.
          opened.setKeepAlive(true, KEEP_ALIVE_MS);
          connection = intake.connect(opened);
          onOpen();
        },
        data(_socket, bytes) {
          if (ended || connection?.push(bytes) !== false) return;
          end("unfinished lines hold too much memory");
        },
        end: () => end("the feed ended the connection"),
        close: () => end("the connection was closed"),
        error: (_socket, error) => end(error.message),
        connectError: (_socket, error) => end(error.message),
      },
    }).catch((error) => end(error instanceof Error ? error.message : String(error)));
  });
}

const KEEP_ALIVE_MS = 30_000;
