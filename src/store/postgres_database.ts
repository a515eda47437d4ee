/**
 * The hot store on a PostgreSQL server. `query` goes over postgres.js, under a statement time-out, so
 * that no request of a browser holds a connection for ever; `transact` has a few connections of its
 * own, over `pg` (postgres_transactions.ts), so that requests never keep the writers waiting.
 *
 * Refuses: COPY FROM STDIN (postgres.js never settles a rejected one, porsager/postgres#1173), and
 * to show credentials anywhere.
 */
import postgres from "postgres";
import { LIMITS } from "../limits.ts";
import type { Log } from "../log.ts";
import {
  type Database,
  type Row,
  type SqlValue,
  type Statement,
  StoreError,
  type TransactOptions,
} from "./database.ts";
import { databaseName, describeUrl, withDatabase } from "./database_url.ts";
import { encodeValue, parseTimestamp } from "./encode.ts";
import { socketFactory } from "./postgres_socket.ts";
import { PostgresTransactions, type ServerOptions } from "./postgres_transactions.ts";
import { toStoreError } from "./store_errors.ts";

export interface PostgresOptions {
  readonly log: Log;
  /** Connections of each pool; default 4. */
  readonly maxConnections?: number;
  readonly connectTimeoutMs?: number;
  /** A statement of `query` is given up by the server after this. */
  readonly queryTimeoutMs?: number;
  /** A transaction not answered within this is called `unavailable` and its connection dropped. */
  readonly transactTimeoutMs?: number;
  /** How much later than the server's own time-out a missing answer means `unavailable`. */
  readonly answerGraceMs?: number;
}

/** Parameters are text already (encode.ts): whatever their type, they go out as they are. */
const TYPES = {
  bool: { to: 16, from: [16], serialize: String, parse: (text: string) => text === "t" },
  json: {
    to: 114,
    from: [114, 3802],
    serialize: String,
    parse: (text: string) => JSON.parse(text),
  },
  int8: { to: 20, from: [20], serialize: String, parse: Number },
  numeric: { to: 1700, from: [1700], serialize: String, parse: Number },
  timestamptz: { to: 1184, from: [1184], serialize: String, parse: parseTimestamp },
};
type Pool = postgres.Sql<
  { bool: boolean; json: unknown; int8: number; numeric: number; timestamptz: number }
>;

/** Connects, and creates the database where it is missing and may be created. */
export async function openPostgres(url: string, options: PostgresOptions): Promise<Database> {
  const where = describeUrl(url);
  await createIfMissing(url, where, options);
  return new PostgresDatabase(url, where, options);
}

class PostgresDatabase implements Database {
  readonly kind = "postgres";
  readonly #where: string;
  readonly #queries: Recycled;
  readonly #writes: PostgresTransactions;
  readonly #queryTimeoutMs: number;
  readonly #answerGraceMs: number;

  constructor(url: string, where: string, options: PostgresOptions) {
    this.#where = where;
    this.#queryTimeoutMs = options.queryTimeoutMs ?? LIMITS.queryMsMax;
    this.#answerGraceMs = options.answerGraceMs ?? 5_000;
    const timeoutMs = options.transactTimeoutMs ?? 60_000;
    this.#queries = new Recycled(() => openPool(url, options, this.#queryTimeoutMs));
    this.#writes = new PostgresTransactions(serverOptions(url, options, timeoutMs), {
      where,
      maxConnections: options.maxConnections ?? 4,
      connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
      timeoutMs,
      answerGraceMs: this.#answerGraceMs,
    });
  }

  query<R extends Row>(text: string, values: readonly SqlValue[] = []): Promise<R[]> {
    // The server's own time-out comes first; this one is for a server that no longer answers.
    return this.#within(
      this.#queries,
      this.#queryTimeoutMs + this.#answerGraceMs,
      async (pool) => rowsOf<R>(await pool.unsafe(text, values.map(encodeValue), PREPARED)),
    );
  }

  transact(statements: readonly Statement[], options: TransactOptions = {}): Promise<Row[][]> {
    return this.#writes.run(statements, options);
  }

  async close(): Promise<void> {
    await Promise.all([this.#queries.end(2), this.#writes.end(2_000)]);
  }

  async #within<T>(
    pool: Recycled,
    timeoutMs: number,
    work: (pool: Pool) => Promise<T>,
  ): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        pool.recycle();
        reject(
          new StoreError(
            "unavailable",
            `The hot store at ${this.#where} did not answer within ${timeoutMs} ms`,
          ),
        );
      }, timeoutMs);
    });
    try {
      return await Promise.race([work(pool.current()), late]);
    } catch (error) {
      throw toStoreError(error, this.#where);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Without parameters the simple protocol is used, which allows any statement there is. */
const PREPARED = { prepare: true };

/** A pool that can be dropped with all its connections and opened anew at the next use. */
class Recycled {
  #pool: Pool | null = null;
  #ended = false;
  constructor(readonly open: () => Pool) {}

  current(): Pool {
    if (this.#ended) throw new StoreError("unavailable", "The hot store's connection is closed");
    return this.#pool ??= this.open();
  }

  recycle(): void {
    const old = this.#pool;
    this.#pool = null;
    old?.end({ timeout: 0 }).catch(() => {});
  }

  async end(timeoutS: number): Promise<void> {
    this.#ended = true;
    await this.#pool?.end({ timeout: timeoutS });
  }
}

/** An option that postgres.js has and its types do not. */
const SOCKET: Record<string, unknown> = { socket: socketFactory() };

function openPool(url: string, options: PostgresOptions, statementTimeoutMs: number): Pool {
  return postgres(url, {
    max: options.maxConnections ?? 4,
    connect_timeout: Math.max(1, Math.ceil((options.connectTimeoutMs ?? 5_000) / 1000)),
    idle_timeout: 60,
    fetch_types: false,
    ...SOCKET,
    types: TYPES,
    onnotice: (notice) => options.log.debug("notice", { text: notice.message }),
    connection: sessionOf(statementTimeoutMs),
  });
}

function sessionOf(statementTimeoutMs: number) {
  return {
    application_name: "rackwatch",
    TimeZone: "UTC",
    DateStyle: "ISO, YMD",
    statement_timeout: statementTimeoutMs,
    // Ranges of time decide which chunks are read: plan for the values given.
    plan_cache_mode: "force_custom_plan",
    // Compiling a plan took 217 ms of a query of 330.
    jit: "off",
    // A transaction whose owner vanished must not keep its locks.
    idle_in_transaction_session_timeout: 60_000,
  };
}

/** What postgres.js reads from the URL and the environment; it does not connect for that. */
function serverOptions(
  url: string,
  options: PostgresOptions,
  statementTimeoutMs: number,
): ServerOptions {
  const { host, port, path, user, pass, database, ssl } = openPool(url, options, 0).options;
  return {
    hosts: host,
    ports: port,
    path: (path as string | false | undefined) || false,
    user,
    password: typeof pass === "string" ? pass : null,
    database,
    ssl,
    session: sessionOf(statementTimeoutMs),
  };
}

async function createIfMissing(url: string, where: string, options: PostgresOptions) {
  const code = await firstError(url, options, "select 1");
  if (code === null) return;
  if (code.sqlState !== "3D000") throw code.error;
  const database = databaseName(url);
  const created = await firstError(
    withDatabase(url, "postgres"),
    options,
    `create database "${database.replaceAll('"', '""')}"`,
  );
  // 42P04, 23505: another process was quicker.
  if (created !== null && created.sqlState !== "42P04" && created.sqlState !== "23505") {
    throw new StoreError(
      created.error.code,
      `The database ${where} does not exist and could not be created (${created.reason}). ` +
        `Create it (createdb ${database}), or name a user who may`,
      { cause: created.error.cause },
    );
  }
  options.log.info("created the database", { where });
}

interface FirstError {
  readonly error: StoreError;
  readonly sqlState: string | null;
  readonly reason: string;
}

/** Runs one statement on a connection of its own; what went wrong, or null. */
async function firstError(
  url: string,
  options: PostgresOptions,
  text: string,
): Promise<FirstError | null> {
  const pool = openPool(url, { ...options, maxConnections: 1 }, 60_000);
  try {
    await pool.unsafe(text);
    return null;
  } catch (cause) {
    const error = toStoreError(cause, describeUrl(url));
    return {
      error,
      sqlState: error.sqlState,
      reason: cause instanceof Error ? cause.message : String(cause),
    };
  } finally {
    await pool.end({ timeout: 1 });
  }
}

/** postgres.js gives a Result, an Array with extras; plain rows travel and compare better. */
function rowsOf<R extends Row>(result: readonly Row[]): R[] {
  return Array.from(result) as R[];
}
