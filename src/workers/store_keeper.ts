/**
 * The hot store from the main thread's side: starts the embedded one's thread where that is wanted,
 * and again when it fails; gives every other thread its own way in, migrates, and says whether the
 * store is there.
 */
import type { Config } from "../config.ts";
import { LIMITS } from "../limits.ts";
import type { Log } from "../log.ts";
import type { StoreStatus } from "../model/status.ts";
import { type Address, parseAddress } from "../runtime/address.ts";
import { type Clock, delay } from "../runtime/clock.ts";
import { type Database, StoreError } from "../store/database.ts";
import { describeUrl } from "../store/database_url.ts";
import type { FromStore, StoreAccess, StoreStart, ToStore } from "./messages.ts";
import type { RenewableDatabase } from "../store/renewable_database.ts";
import { openDatabase, renewDatabase } from "./store_access.ts";
import { supervise, type Supervised } from "./supervisor.ts";

export interface StoreKeeperOptions {
  readonly config: Config;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly onFatal: (message: string, exitCode: number) => void;
  /** Once, when the schema is there. */
  readonly onReady?: (database: Database) => void;
  /** The embedded store's thread was started again: every way in that was given is dead. */
  readonly onRenewed?: () => void;
}

export interface GivenAccess {
  readonly access: StoreAccess;
  /** Ports in it, to go with the message. */
  readonly transfer: Transferable[];
}

/** Those who know whether the store answers: one that says no is enough. */
type Witness = "thread" | "writer" | "probe";

const AWAY = "The embedded store's thread failed and is started again";
/** With nothing to write or to ask, this often it is asked whether it is there. */
const PROBE_MS = 2_000;

export class StoreKeeper {
  readonly #options: StoreKeeperOptions;
  readonly #stopping = new AbortController();
  #embedded: Supervised<ToStore> | null = null;
  #sql: Address | null;
  #database: RenewableDatabase | null = null;
  readonly #errors = new Map<Witness, string>();
  #isOpened = false;
  #isReady = false;
  #status: Omit<StoreStatus, "rows">;

  constructor(options: StoreKeeperOptions) {
    this.#options = options;
    const { databaseUrl, dataDir } = options.config;
    this.#sql = options.config.sql;
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
  access(): GivenAccess {
    const url = this.#options.config.databaseUrl;
    if (url !== null) return { access: { kind: "postgres", url }, transfer: [] };
    const port = this.#newPort();
    return { access: { kind: "embedded", port }, transfer: [port] };
  }

  /** Told by whoever met it: the store answers, or it does not. */
  reachable(witness: Witness, error: string | null): void {
    if (error === null) this.#errors.delete(witness);
    else this.#errors.set(witness, error);
    if (!this.#isReady) return;
    const [reason = null] = this.#errors.values();
    const state = reason === null ? "ready" : "down";
    this.#status = { ...this.#status, state, last_error: reason };
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
      restartsMax: LIMITS.storeRestartsMax,
      onFailed: () => this.reachable("thread", AWAY),
      // Started again it serves SQL where it did, also where it was free to choose.
      start: () => ({
        start: { version, dataDir: config.dataDir, logFormat: config.logFormat, sql: this.#sql },
      }),
      onMessage: (message) => {
        if (message.type !== "opened") return;
        if (message.sql !== null) this.#sql = parseAddress(message.sql, "--sql");
        this.#status = { ...this.#status, where: message.where, sql: message.sql };
        if (message.sql !== null) log.info("listening for SQL", { address: message.sql });
        if (message.movedAside !== null) {
          log.warn("the embedded store did not open; it was moved aside and is built anew", {
            moved_to: message.movedAside,
          });
        }
        if (this.#isOpened) this.#renew();
        this.#isOpened = true;
      },
    });
  }

  #renew(): void {
    const { log, onRenewed } = this.#options;
    if (this.#database !== null) renewDatabase(this.#database, this.access().access, log);
    onRenewed?.();
    this.reachable("thread", null);
  }

  /** While nothing is written, nobody else would notice that it went, or that it is back. */
  async #probe(database: Database): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    for (;;) {
      await delay(clock, PROBE_MS, signal);
      if (signal.aborted) return;
      const cancel = clock.after(
        LIMITS.storeSilenceMsMax,
        () => this.reachable("probe", `It has not answered for ${LIMITS.storeSilenceMsMax} ms`),
      );
      const error = await database.query("select 1").then(() => null, (error: Error) => error);
      cancel();
      this.reachable("probe", error?.message ?? null);
    }
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
        this.reachable("probe", null);
        onReady?.(database);
        return void this.#probe(database);
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
