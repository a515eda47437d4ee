/**
 * One SQL client of the embedded store: takes its messages one by one, waits for a turn at the
 * session, passes them on and gives the turn back when the session is idle again.
 */
import { LIMITS } from "../limits.ts";
import type { Log } from "../log.ts";
import type { Turns } from "./turns.ts";
import {
  type ClientMessage,
  errorResponse,
  MessageReader,
  PROTOCOL_3,
  ready,
  readyState,
  REQUEST_CANCEL,
  REQUEST_GSS,
  REQUEST_SSL,
  startupCode,
  statementName,
  statementText,
  welcome,
  WireError,
  withOwnNames,
} from "./wire_protocol.ts";

/** PGlite's session, as raw protocol messages. */
export interface SqlSession {
  exchange(message: Uint8Array): Promise<Uint8Array>;
  isInTransaction(): boolean;
}

export interface SqlClientOptions {
  readonly session: SqlSession;
  readonly turns: Turns;
  readonly log: Log;
  readonly idleInTransactionMs: number;
  readonly transactionMs: number;
  /** Bytes taken; fewer than given means: wait for `drained`. Negative: the client is gone. */
  readonly write: (bytes: Uint8Array) => number;
  readonly close: () => void;
}

const SERVER_VERSION = "18.0 (rackwatch, PGlite)";
let clientsSeen = 0;

export class SqlClient {
  readonly #options: SqlClientOptions;
  readonly #reader = new MessageReader(LIMITS.sqlMessageBytesMax);
  readonly #prefix = `c${++clientsSeen}_`;
  readonly #statements = new Set<string>();
  #work: Promise<void> = Promise.resolve();
  #gone = false;
  #endTurn: (() => void) | null = null;
  #turnSinceMs = 0;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;
  #onDrained: (() => void) | null = null;
  /** After a refused message of the extended protocol, everything up to Sync is skipped. */
  #skipsToSync = false;
  #expired = false;

  constructor(options: SqlClientOptions) {
    this.#options = options;
  }

  receive(chunk: Uint8Array): void {
    try {
      this.#reader.push(chunk);
    } catch (error) {
      return this.#fail(error);
    }
    this.#then(() => this.#takeMessages());
  }

  drained(): void {
    this.#onDrained?.();
  }

  /** The connection is closed: whatever it left open is undone. */
  gone(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#onDrained?.();
    this.#then(() => this.#cleanUp());
  }

  finished(): Promise<void> {
    return this.#work;
  }

  #then(step: () => Promise<void>): void {
    this.#work = this.#work.then(step).catch((error) => this.#fail(error));
  }

  /** What it left open is undone once the connection is closed. */
  #fail(error: unknown): void {
    const code = error instanceof WireError ? "08P01" : "58000";
    const words = error instanceof Error ? error.message : String(error);
    this.#options.write(errorResponse("FATAL", code, words));
    this.#options.close();
  }

  async #takeMessages(): Promise<void> {
    for (let next = this.#reader.next(); next !== null && !this.#gone; next = this.#reader.next()) {
      if (next.type === null) await this.#first(next);
      else await this.#take(next);
    }
  }

  async #first(message: ClientMessage): Promise<void> {
    const code = startupCode(message);
    if (code === REQUEST_SSL || code === REQUEST_GSS) return await this.#send(Buffer.from("N"));
    if (code === REQUEST_CANCEL) return this.#options.close();
    if (code !== PROTOCOL_3) throw new WireError("only protocol 3.0 is spoken here");
    this.#reader.start();
    await this.#send(welcome(SERVER_VERSION));
  }

  async #take(message: ClientMessage): Promise<void> {
    if (message.type === "X") return this.#options.close();
    if (this.#expired) return;
    if (this.#skipsToSync && message.type !== "S") return;
    if ((message.type === "Q" || message.type === "P") && copiesFromStdin(message)) {
      return await this.#refuseCopy(message);
    }
    this.#skipsToSync = false;
    clearTimeout(this.#idleTimer);
    await this.#turn();
    this.#remember(message);
    const answer = await this.#options.session.exchange(withOwnNames(message, this.#prefix));
    const cycleOver = message.type === "Q" || message.type === "S";
    if (cycleOver && readyState(answer) === "I") this.#release();
    // Before sending: a client that does not read must not hold the turn either.
    this.#limitTurn();
    await this.#send(answer);
  }

  async #refuseCopy(message: ClientMessage): Promise<void> {
    const words = "COPY FROM STDIN is not possible on the embedded store; use INSERT, or set " +
      "DATABASE_URL to a PostgreSQL server";
    await this.#send(errorResponse("ERROR", "0A000", words));
    if (message.type === "P") this.#skipsToSync = true;
    else await this.#send(ready(this.#endTurn === null ? "I" : "T"));
    this.#limitTurn();
  }

  async #turn(): Promise<void> {
    if (this.#endTurn !== null) return;
    this.#endTurn = await this.#options.turns.take();
    this.#turnSinceMs = performance.now();
  }

  #release(): void {
    clearTimeout(this.#idleTimer);
    this.#endTurn?.();
    this.#endTurn = null;
  }

  /** While it has the turn, others wait: it may be idle for so long, and last for so long. */
  #limitTurn(): void {
    clearTimeout(this.#idleTimer);
    if (this.#endTurn === null) return;
    const { idleInTransactionMs, transactionMs } = this.#options;
    const leftMs = Math.max(0, this.#turnSinceMs + transactionMs - performance.now());
    this.#idleTimer = setTimeout(() => {
      this.#expired = true;
      this.#onDrained?.();
      this.#then(() => this.#cutOff());
    }, Math.min(idleInTransactionMs, leftMs));
  }

  async #cutOff(): Promise<void> {
    if (this.#endTurn === null || this.#gone) return;
    this.#options.log.warn("cut off a SQL client whose transaction kept the store waiting");
    await this.#cleanUp();
    await this.#send(
      errorResponse("FATAL", "25P03", "terminating connection due to idle-in-transaction timeout"),
    );
    this.#gone = true;
    this.#options.close();
  }

  async #cleanUp(): Promise<void> {
    clearTimeout(this.#idleTimer);
    if (this.#endTurn === null && this.#statements.size === 0) return;
    await this.#turn();
    const { session } = this.#options;
    try {
      await session.exchange(SYNC);
      if (session.isInTransaction()) await session.exchange(query("rollback"));
      for (const name of this.#statements) {
        await session.exchange(query(`deallocate "${name.replaceAll('"', '""')}"`));
      }
      this.#statements.clear();
    } finally {
      this.#release();
    }
  }

  #remember(message: ClientMessage): void {
    if (message.type !== "P" && message.type !== "C") return;
    const name = statementName(message);
    if (name === null || name === "") return;
    if (message.type === "P") this.#statements.add(this.#prefix + name);
    else this.#statements.delete(this.#prefix + name);
  }

  async #send(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.length > 0 && !this.#gone) {
      const taken = this.#options.write(rest);
      if (taken < 0) return;
      rest = rest.subarray(taken);
      if (rest.length === 0 || this.#expired) return;
      await new Promise<void>((resolve) => this.#onDrained = resolve);
      this.#onDrained = null;
    }
  }
}

/** Rather refused once too often (the words in a string) than PGlite gone. */
function copiesFromStdin(message: ClientMessage): boolean {
  const text = statementText(message);
  return /\bcopy\b/i.test(text) && /\bstdin\b/i.test(text);
}

const SYNC = new Uint8Array([0x53, 0, 0, 0, 4]);

function query(text: string): Uint8Array {
  const words = new TextEncoder().encode(text);
  const bytes = new Uint8Array(words.length + 6);
  bytes[0] = 0x51;
  new DataView(bytes.buffer).setUint32(1, words.length + 5);
  bytes.set(words, 5);
  return bytes;
}
