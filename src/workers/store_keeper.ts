/**
 * The hot store from the main thread's side: starts the embedded one's thread where that is wanted,
 * gives every other thread its own way in, migrates, and says whether the store is there.
 */
import type { Config } from "../config.ts";
import { LIMITS } from "../limits.ts";
import type { Log } from "../log.ts";
import type { StoreStatus } from "../model/status.ts";
import { type Clock, delay } from "../runtime/clock.ts";
import { type Database, StoreError } from "../store/database.ts";
import { describeUrl } from "../store/database_url.ts";
import type { FromStore, StoreAccess, StoreStart, ToStore } from "./messages.ts";
import { openDatabase } from "./store_access.ts";
import { supervise, type Supervised } from "./supervisor.ts";

export interface StoreKeeperOptions {
  readonly config: Config;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly onFatal: (message: string, exitCode: number) => void;
  /** Once, when the schema is there. */
  readonly onReady?: (database: Database) => void;
}

export class StoreKeeper {
  readonly #options: StoreKeeperOptions;
  readonly #stopping = new AbortController();
  #embedded: Supervised<ToStore> | null = null;
  #database: Database | null = null;
  #isReady = false;
  #status: Omit<StoreStatus, "rows">;

  constructor(options: StoreKeeperOptions) {
    this.#options = options;
    const { databaseUrl, dataDir } = options.config;
    this.#status = {
      kind: databaseUrl === null ? "embedded" : "postgres",
      state: "starting",
      where: databaseUrl === null ? `${dataDir}/store` : describeUrl(databaseUrl),
      sql: null,
      last_error: null,
    };
    if (databaseUrl === null) this.#startEmbedded();
    void this.#open();
  }

  get status(): Omit<StoreStatus, "rows"> {
    return this.#status;
  }

  /** Null until the schema is there. */
  get database(): Database | null {
    return this.#isReady ? this.#database : null;
  }

  /** A way in for another thread; its ports are to be transferred with the message. */
  access(): { readonly access: StoreAccess; readonly transfer: Transferable[] } {
    const url = this.#options.config.databaseUrl;
    if (url !== null) return { access: { kind: "postgres", url }, transfer: [] };
    const port = this.#newPort();
    return { access: { kind: "embedded", port }, transfer: [port] };
  }

  /** Told by whoever met it: the store answers, or it does not. */
  reachable(error: string | null): void {
    if (!this.#isReady) return;
    this.#status = { ...this.#status, state: error === null ? "ready" : "down", last_error: error };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#database?.close();
    await this.#embedded?.stop();
  }

  #startEmbedded(): void {
    const { config, version, clock, log, onFatal } = this.#options;
    this.#embedded = supervise<StoreStart, ToStore, FromStore>({
      name: "store",
      clock,
      log,
      onFatal,
      // Its callers hold ports into this thread; a new thread would leave them hanging.
      restarts: false,
      start: () => ({
        start: {
          version,
          dataDir: config.dataDir,
          logFormat: config.logFormat,
          sql: config.sql,
        },
      }),
      onMessage: (message) => {
        if (message.type !== "opened") return;
        this.#status = { ...this.#status, where: message.where, sql: message.sql };
        if (message.sql !== null) log.info("listening for SQL", { address: message.sql });
        if (message.movedAside !== null) {
          log.warn("the embedded store did not open; it was moved aside and is built anew", {
            moved_to: message.movedAside,
          });
        }
      },
    });
  }

  #newPort(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#embedded!.post({ type: "connect", port: port1 }, [port1]);
    return port2;
  }

  async #open(): Promise<void> {
    const { clock, log, onReady, onFatal } = this.#options;
    const database = openDatabase(this.access().access, log);
    this.#database = database;
    for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
      try {
        await database.query("select 1");
        this.#isReady = true;
        this.#status = { ...this.#status, state: "ready", last_error: null };
        return onReady?.(database);
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        const reason = (error as Error).message;
        // What is wrong with the store's content or our rights does not pass by waiting.
        if (error instanceof StoreError && error.code === "failed") return onFatal(reason, 1);
        if (this.#status.last_error !== reason) {
          log.warn("the hot store is not there; trying again", { reason });
        }
        this.#status = { ...this.#status, state: "down", last_error: reason };
        const waitMs = Math.min(LIMITS.reconnectMsMin * 2 ** Math.min(attempt, 10), 2_000);
        await delay(clock, waitMs, this.#stopping.signal);
      }
    }
  }
}
