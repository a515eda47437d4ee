/**
 * The embedded store's own thread: owns PGlite, answers any number of ports one request at a time
 * (a transaction is one request, so it is whole), and lets SQL clients in over a socket.
 *
 * A request waits for the ones before it, whoever sent them: PGlite is one session on one thread.
 * When PGlite itself breaks down (a WebAssembly trap), everything rejects with `unavailable` and
 * `onBroken` is told: the thread must be started anew.
 */
import type { PGlite, Transaction } from "@electric-sql/pglite";
import type { Log } from "../log.ts";
import type { Row } from "./database.ts";
import { type EmbeddedOpenOptions, markDamaged, openPglite } from "./embedded_open.ts";
import { diskHasRoom, noRoom } from "./embedded_room.ts";
import type { EmbeddedReply, EmbeddedRequest, EncodedStatement } from "./embedded_protocol.ts";
import { type SqlPort, type SqlPortOptions, startSqlPort } from "./sql_port.ts";
import { toStoreError } from "./store_errors.ts";
import { Turns } from "./turns.ts";

export interface EmbeddedHostOptions extends EmbeddedOpenOptions {
  readonly log: Log;
  readonly onBroken?: (reason: Error) => void;
}

/**
 * Disk full, disk error, and what a session says to everything after either ("cannot drop active
 * portal").
 */
const BREAKING_STATES: ReadonlySet<string> = new Set(["53100", "58030", "24000"]);

export async function openEmbedded(options: EmbeddedHostOptions): Promise<EmbeddedHost> {
  return new EmbeddedHost(await openPglite(options), options);
}

export class EmbeddedHost {
  readonly #pglite: PGlite;
  readonly #options: EmbeddedHostOptions;
  readonly #turns = new Turns();
  readonly #ports = new Set<MessagePort>();
  #sqlPort: SqlPort | null = null;
  /** A SQL client has used the session since, and may have changed its settings. */
  #sessionUsed = false;
  #broken = false;

  constructor(pglite: PGlite, options: EmbeddedHostOptions) {
    this.#pglite = pglite;
    this.#options = options;
  }

  /** Answers requests that come over this port, until it closes. */
  serve(port: MessagePort): void {
    this.#ports.add(port);
    port.addEventListener("message", (event: MessageEvent<EmbeddedRequest>) => {
      void this.#answer(event.data).then((reply) => port.postMessage(reply));
    });
    port.addEventListener("close", () => this.#ports.delete(port));
    port.start();
  }

  /** Lets `psql` and the like in on a loopback address; gives the port it listens on. */
  async listenSql(options: Omit<SqlPortOptions, "session" | "turns" | "log">): Promise<SqlPort> {
    this.#sqlPort = await startSqlPort({
      ...options,
      turns: this.#turns,
      log: this.#options.log,
      session: {
        exchange: async (message) => {
          this.#sessionUsed = true;
          return await this.#guarded(() => this.#pglite.execProtocolRaw(message));
        },
        isInTransaction: () => this.#pglite.isInTransaction(),
      },
    });
    return this.#sqlPort;
  }

  /** Finishes what is under way, then closes the store. */
  async close(): Promise<void> {
    await this.#sqlPort?.stop();
    await this.#turns.run(async () => {
      for (const port of this.#ports) port.close();
      if (!this.#broken) await this.#pglite.close();
    });
  }

  async #answer(request: EmbeddedRequest): Promise<EmbeddedReply> {
    try {
      const results = await this.#turns.run(() => this.#guarded(() => this.#execute(request)));
      return { id: request.id, results };
    } catch (cause) {
      const error = toStoreError(cause, this.#options.directory);
      const reason = cause instanceof Error ? cause.message : String(cause);
      const { code, message, sqlState } = error;
      return {
        id: request.id,
        failure: { code: this.#broken ? "unavailable" : code, message, sqlState, reason },
      };
    }
  }

  async #execute(request: EmbeddedRequest): Promise<Row[][]> {
    if (this.#sessionUsed) {
      // What a SQL client set (DateStyle, time zone, search path) must not change what we read.
      await this.#pglite.exec("reset all; set datestyle to 'ISO, YMD'");
      this.#sessionUsed = false;
    }
    const { directory, hasRoom = diskHasRoom } = this.#options;
    if (request.type === "transact" && !await hasRoom(directory)) throw noRoom(directory);
    if (request.type === "query") return [await rowsOf(this.#pglite, request.statement)];
    return await this.#pglite.transaction(async (transaction) => {
      const results: Row[][] = [];
      for (const statement of request.statements) {
        results.push(await rowsOf(transaction, statement));
      }
      return results;
    });
  }

  /**
   * An error without a SQLSTATE is not the database's: PGlite is not to be trusted after it, nor
   * after one of BREAKING_STATES. XX001 and XX002 say that a page or an index is damaged: the next
   * opening makes a new store.
   */
  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    if (this.#broken) throw new Error("the embedded store has broken down and is restarting");
    try {
      return await work();
    } catch (error) {
      const code = typeof error === "object" && error !== null && "code" in error && error.code;
      const isDamage = code === "XX001" || code === "XX002";
      const isBreaking = typeof code === "string" && BREAKING_STATES.has(code);
      if (code && !isDamage && !isBreaking) throw error;
      this.#broken = true;
      if (isDamage) await markDamaged(this.#options.directory);
      const reason = error instanceof Error ? error : new Error(String(error));
      this.#options.log.error("the embedded store broke down", { reason });
      this.#options.onBroken?.(reason);
      throw reason;
    }
  }
}

async function rowsOf(session: PGlite | Transaction, statement: EncodedStatement): Promise<Row[]> {
  const result = await session.query<Row>(statement.text, [...statement.values]);
  return result.rows;
}
