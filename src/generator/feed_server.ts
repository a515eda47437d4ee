/**
 * Serves the simulated fleet live on TCP, in the wire format of `wire.ts`: any number of clients up
 * to a limit, each gets every line from when it joined.
 *
 * A slow client never holds up the others: it may fall LIMITS.feedClientBytesMax behind, then it is
 * cut. Its connection is reset rather than its lines skipped, so that a gap is seen where it is.
 * At a rate, lines come by the clock. At rate 0 they come as fast as the fastest client reads;
 * one that keeps falling behind it is cut as well. What clients send is read and ignored; one that
 * closes its sending side has left.
 *
 * While nobody listens nothing is produced, and nothing is missed: what a host measures is a
 * function of the time.
 */
import { LIMITS } from "../limits.ts";
import type { Log } from "../log.ts";
import { formatAddress } from "../runtime/address.ts";
import type { Clock } from "../runtime/clock.ts";
import { type Random, seededRandom } from "../runtime/random.ts";
import { FeedAudience } from "./feed_audience.ts";
import type { FeedClient } from "./feed_client.ts";
import { FEED_LINE_BYTES_MAX, FeedLines } from "./feed_lines.ts";
import { createFleet, type FleetRegion } from "./fleet.ts";
import { Pacer } from "./pacer.ts";
import type { RegionProfile } from "./profiles.ts";

export interface FeedOptions {
  readonly hostname: string;
  /** 0 takes a free one; `FeedServer.port` names it. */
  readonly port: number;
  /** Lines a second, 0.1–10,000,000, or 0: as fast as clients read. */
  readonly rate: number;
  /** The feed ends after so many lines, counted from the first client; without it, never. */
  readonly rows?: number;
  readonly seed: number;
  /** Hosts a region. */
  readonly hosts: number;
  readonly profiles?: readonly RegionProfile[];
  readonly clock: Clock;
  /** Which region speaks next; from the seed where it is not given. */
  readonly random?: Random;
  readonly log: Log;
}

export interface FeedStats {
  readonly clients: number;
  /** Lines produced; each went to every client there was. */
  readonly sentLines: number;
  /** Lines that clients which were cut had not been sent. */
  readonly skippedLines: number;
  readonly cutClients: number;
  readonly refusedClients: number;
  readonly rate: number;
}

export interface FeedServer {
  readonly hostname: string;
  readonly port: number;
  /** Takes effect at once. @throws {RangeError} when it is no rate. */
  setRate(linesPerSecond: number): void;
  stats(): FeedStats;
  /** Resolves when the feed has ended: its rows are sent, or it was stopped. */
  readonly finished: Promise<void>;
  /** Ends the feed: no further line; clients have a second to take what they were due. */
  stop(): Promise<void>;
}

/** The address can't be listened on; `code` is the system's, as `EADDRINUSE`. */
export class FeedListenError extends Error {
  override readonly name = "FeedListenError";
  constructor(message: string, readonly code: string, options: { cause: unknown }) {
    super(message, options);
  }
}

/** Lines between two looks at the clients. */
const SLICE_LINES = 2_048;
/** At rate 0, lines produced before timers and other sockets have their turn: some 20 ms. */
const TURN_LINES = 65_536;
const STOP_GRACE_MS = 1_000;
/** Who only looks whether the port is open has left by then, and takes no lines with it. */
const FIRST_CLIENT_MS = 100;

/**
 * @throws {RangeError} when rate, rows, hosts or seed is out of range.
 * @throws {FeedListenError} when the address can't be listened on.
 */
export async function serveFeed(options: FeedOptions): Promise<FeedServer> {
  const { rows } = options;
  if (rows !== undefined && (!Number.isSafeInteger(rows) || rows < 1)) {
    throw new RangeError(`Cannot serve the feed: rows must be a whole number ≥ 1, got ${rows}`);
  }
  return new Feed(options, createFleet(options));
}

class Feed implements FeedServer {
  readonly hostname: string;
  readonly port: number;
  readonly finished: Promise<void>;
  readonly #options: FeedOptions;
  readonly #fleet: readonly FleetRegion[];
  readonly #listener: Bun.TCPSocketListener<FeedClient | null>;
  readonly #audience: FeedAudience;
  readonly #pacer: Pacer;
  #lines: FeedLines | null = null;
  #sentLines = 0;
  #linesLeft: number;
  /** Lines are being produced. */
  #running = false;
  #ending = false;
  #turnPending = false;
  #cancelBegin: () => void = () => {};
  #finish: () => void = () => {};

  constructor(options: FeedOptions, fleet: readonly FleetRegion[]) {
    this.#options = options;
    this.#fleet = fleet;
    this.#linesLeft = options.rows ?? Infinity;
    this.#audience = new FeedAudience(options.log, SLICE_LINES * FEED_LINE_BYTES_MAX);
    this.#pacer = new Pacer(options.clock, options.rate, (lines) => this.#produce(lines));
    this.finished = new Promise((resolve) => this.#finish = resolve);
    this.#listener = this.#listen();
    this.hostname = options.hostname;
    this.port = this.#listener.port;
  }

  setRate(linesPerSecond: number): void {
    this.#pacer.setRate(linesPerSecond);
    this.#takeTurn();
  }

  stats(): FeedStats {
    const { size, skippedLines, cutClients, refusedClients } = this.#audience;
    const { rate } = this.#pacer;
    const sentLines = this.#sentLines;
    return { clients: size, sentLines, skippedLines, cutClients, refusedClients, rate };
  }

  stop(): Promise<void> {
    this.#end(STOP_GRACE_MS, "once");
    return this.finished;
  }

  #listen(): Bun.TCPSocketListener<FeedClient | null> {
    const { hostname, port } = this.#options;
    try {
      return Bun.listen<FeedClient | null>({
        hostname,
        port,
        socket: {
          open: (socket) => this.#joined(socket),
          drain: ({ data: client }) => this.#drained(client),
          close: ({ data: client }) => this.#left(client),
          error: ({ data: client }) => this.#left(client),
          data: () => {},
        },
      });
    } catch (cause) {
      throw listenError(hostname, port, cause as Error);
    }
  }

  #joined(socket: Bun.Socket<FeedClient | null>): void {
    socket.data = null;
    if (this.#ending) return void socket.end();
    socket.setNoDelay(true);
    socket.data = this.#audience.join(socket);
    if (this.#audience.size > 1 || this.#running) return;
    this.#cancelBegin();
    this.#cancelBegin = this.#options.clock.after(FIRST_CLIENT_MS, () => this.#begin());
  }

  /** @param client Null for a socket that was refused. */
  #left(client: FeedClient | null): void {
    if (client === null) return;
    this.#audience.leave(client);
    this.#restIfAlone();
  }

  #drained(client: FeedClient | null): void {
    if (client === null) return;
    client.drained();
    if (this.#ending && client.backlogBytes === 0) this.#audience.dismiss();
    this.#restIfAlone();
    this.#takeTurn();
  }

  #begin(): void {
    const { seed, clock } = this.#options;
    const random = this.#options.random ?? seededRandom(seed);
    this.#lines ??= new FeedLines(this.#fleet, seed, random, clock.nowMs());
    this.#running = true;
    this.#pacer.start();
    this.#takeTurn();
  }

  #rest(): void {
    this.#cancelBegin();
    this.#running = false;
    this.#pacer.stop();
  }

  #restIfAlone(): void {
    if (this.#audience.size > 0) return;
    this.#rest();
    if (this.#ending) this.#finish();
  }

  #produce(lines: number): void {
    const nowMs = this.#options.clock.nowMs();
    for (let due = lines; due > 0 && this.#running;) {
      const slice = Math.min(due, SLICE_LINES, this.#linesLeft);
      for (let i = 0; i < slice; i++) this.#audience.add(this.#lines!.next(nowMs));
      due -= slice;
      this.#sentLines += slice;
      this.#linesLeft -= slice;
      this.#audience.flush();
      this.#restIfAlone();
      if (this.#linesLeft === 0) this.#end(LIMITS.feedFlushMsMax, "while they read");
    }
  }

  /** At rate 0: lines for as long as some client takes them all, and others have a turn between. */
  #takeTurn(): void {
    if (this.#pacer.rate !== 0 || this.#turnPending) return;
    for (let left = TURN_LINES; left > 0; left -= SLICE_LINES) {
      if (!this.#running || !this.#audience.someoneWaits()) return;
      this.#produce(SLICE_LINES);
    }
    this.#turnPending = true;
    this.#options.clock.after(0, () => {
      this.#turnPending = false;
      this.#takeTurn();
    });
  }

  /**
   * No further lines or clients; those there are get what they were due, within a grace that begins
   * anew for one that reads, or is given once.
   */
  #end(graceMs: number, grace: "once" | "while they read"): void {
    if (!this.#ending) this.#listener.stop();
    this.#ending = true;
    this.#rest();
    this.#audience.dismiss();
    if (this.#audience.size === 0) return this.#finish();
    const before = this.#audience.cursors();
    const cancel = this.#options.clock.after(graceMs, () => {
      this.#audience.cutWhere((client) => grace === "once" || before.get(client) === client.cursor);
      this.#end(graceMs, grace);
    });
    void this.finished.then(cancel);
  }
}

function listenError(hostname: string, port: number, cause: Error): FeedListenError {
  const code = (cause as { code?: string }).code ?? "unknown";
  const why = code === "EADDRINUSE"
    ? "another program listens there; stop it, or choose another with --feed (port 0: a free one)"
    : cause.message;
  const address = formatAddress({ hostname, port });
  return new FeedListenError(`Cannot serve the feed on ${address}: ${why}`, code, { cause });
}
