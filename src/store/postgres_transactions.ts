/**
 * Transactions on a PostgreSQL server, over `pg`: it sends binary parameters, which postgres.js
 * can't, and columns of numbers are most of what writers send. A transaction's statements go out
 * together, since each answer waited for is a turn of a busy event loop. A few connections of its own; one
 * whose transaction failed to end in order is closed, never used again.
 */
import pg from "pg";
import { bindMessage } from "./bind_message.ts";
import {
  type Column,
  type Row,
  type SqlValue,
  type Statement,
  StoreError,
  type TransactOptions,
} from "./database.ts";
import { parseTimestamp } from "./encode.ts";
import { toStoreError } from "./store_errors.ts";

/** Where the server is, as postgres.js understood the URL: both drivers go to the same place. */
export interface ServerOptions {
  readonly hosts: readonly string[];
  readonly ports: readonly number[];
  /** Of a unix socket, or false. */
  readonly path: string | false;
  readonly user: string;
  readonly password: string | null;
  readonly database: string;
  /** As in postgres.js: false, a mode's name, or TLS options. */
  readonly ssl: unknown;
  readonly session: Readonly<Record<string, string | number>>;
}

export interface TransactionsOptions {
  /** For messages; without credentials. */
  readonly where: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly timeoutMs: number;
  readonly answerGraceMs: number;
}

export class PostgresTransactions {
  readonly #options: TransactionsOptions;
  readonly #server: ServerOptions;
  /** Hosts take turns, one a connection. */
  #turn = 0;
  readonly #pool: pg.Pool;
  /** Statements are prepared once a connection, under a name of their text. */
  readonly #names = new Map<string, string>();
  #named = 0;
  #hasNoTls = false;

  constructor(server: ServerOptions, options: TransactionsOptions) {
    this.#server = server;
    this.#options = options;
    this.#pool = new pg.Pool({
      max: options.maxConnections,
      connectionTimeoutMillis: options.connectTimeoutMs,
      idleTimeoutMillis: 60_000,
      Client: this.#clientClass(),
    });
    // A connection that breaks while nobody uses it is replaced at the next use.
    this.#pool.on("error", () => {});
  }

  /** All statements or none; each one's rows. */
  async run(statements: readonly Statement[], options: TransactOptions): Promise<Row[][]> {
    const { where, answerGraceMs } = this.#options;
    const patienceMs = (options.timeoutMs ?? this.#options.timeoutMs) + answerGraceMs;
    let client: pg.PoolClient | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(
          new StoreError(
            "unavailable",
            `The hot store at ${where} did not answer within ${patienceMs} ms`,
          ),
        );
      }, patienceMs);
    });
    let isClean = false;
    try {
      client = await this.#connect();
      client.on("error", ignore);
      const results = await Promise.race([this.#transact(client, statements, options), late]);
      isClean = true;
      return results;
    } catch (error) {
      isClean = client !== null && isAnswer(error) && await this.#rollBack(client, late);
      throw toStoreError(named(error), where);
    } finally {
      clearTimeout(timer);
      late.catch(ignore);
      client?.off("error", ignore);
      client?.release(!isClean);
    }
  }

  /** Transactions under way have `graceMs` left. */
  async end(graceMs: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, graceMs));
    await Promise.race([this.#pool.end(), late]);
    clearTimeout(timer);
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      const { ssl } = this.#server;
      const isOptional = ssl === "prefer" || ssl === "allow";
      if (!isOptional || this.#hasNoTls || !/does not support SSL/.test(String(error))) throw error;
      this.#hasNoTls = true;
      return await this.#pool.connect();
    }
  }

  async #transact(
    client: pg.PoolClient,
    statements: readonly Statement[],
    { timeoutMs, onUnderWay }: TransactOptions,
  ): Promise<Row[][]> {
    // Waited for, so that nothing of it is ever sent outside of a transaction.
    await client.query("begin");
    const sent: Promise<pg.QueryResult<Row>>[] = [];
    if (timeoutMs !== undefined) {
      sent.push(client.query(`set local statement_timeout = ${Math.ceil(timeoutMs)}`));
    }
    const before = sent.length;
    for (const statement of statements) sent.push(client.query<Row>(this.#configOf(statement)));
    sent.push(client.query("commit"));
    onUnderWay?.();
    const settled = await Promise.allSettled(sent);
    // What comes after the first one that fails is refused because of it, and nothing is committed.
    const failed = settled.find((one) => one.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    const results = settled.map((one) => one.status === "fulfilled" ? one.value.rows ?? [] : []);
    return results.slice(before, -1);
  }

  /** Whether the connection can be used again. */
  async #rollBack(client: pg.PoolClient, late: Promise<never>): Promise<boolean> {
    try {
      await Promise.race([client.query("rollback"), late]);
      return true;
    } catch {
      return false;
    }
  }

  /** Without parameters the simple protocol is used, which allows any statement there is. */
  #configOf({ text, values = [] }: Statement): pg.QueryConfig {
    if (values.length === 0) return { text };
    let name = this.#names.get(text);
    if (name === undefined) {
      name = `rackwatch_${this.#named++}`;
      // Texts are few and constant.
      if (this.#names.size >= 500) this.#names.clear();
      this.#names.set(text, name);
    }
    return { name, text, values: [...values] };
  }

  #clientClass(): typeof pg.Client {
    const next = () => this.#clientConfig();
    return class extends pg.Client {
      constructor() {
        super(next());
        writeBinds(this as unknown as WithConnection);
      }
    } as typeof pg.Client;
  }

  #clientConfig(): pg.ClientConfig {
    const { hosts, ports, path, user, password, database, ssl, session } = this.#server;
    const index = this.#turn++ % hosts.length;
    const options = Object.entries(session)
      .map(([name, value]) => `-c ${name}=${String(value).replace(/[\\ ]/g, "\\$&")}`).join(" ");
    return {
      host: path === false ? hosts[index]! : directoryOf(path),
      port: ports[index] ?? 5432,
      user,
      password: password ?? undefined,
      database,
      ssl: this.#hasNoTls ? false : tlsOf(ssl),
      options,
      connectionTimeoutMillis: this.#options.connectTimeoutMs,
      keepAlive: true,
      pipeline: true,
      types: { getTypeParser: parserOf as typeof pg.types.getTypeParser },
    };
  }
}

/** What postgres.js makes of a mode. */
function tlsOf(ssl: unknown): boolean | pg.ClientConfig["ssl"] {
  if (ssl === false || ssl === undefined || ssl === null || ssl === "disable") return false;
  if (ssl === "require" || ssl === "allow" || ssl === "prefer") {
    return { rejectUnauthorized: false };
  }
  return typeof ssl === "object" ? ssl : {};
}

/** `pg` wants the directory of a unix socket and makes its name from the port. */
function directoryOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}

/** What of `pg`'s client its types leave out. */
interface WithConnection {
  readonly connection: {
    readonly stream: { readonly writable: boolean; write(bytes: Uint8Array): boolean };
    bind(config: {
      readonly statement?: string;
      readonly values?: readonly (SqlValue | Column)[];
    }): void;
  };
}

/** In place of `pg`'s own: our parameters, which it hands on as they are, and our bytes of them. */
function writeBinds({ connection }: WithConnection): void {
  connection.bind = ({ statement = "", values = [] }) => {
    const { stream } = connection;
    if (stream.writable) stream.write(bindMessage(statement, values));
  };
}

const ignore = () => {};

/** The server's own word: the connection is in step with it. */
function isAnswer(error: unknown): boolean {
  return codeOf(error) !== null && /^[0-9A-Z]{5}$/.test(codeOf(error)!) &&
    !/^(08|57P0)/.test(codeOf(error)!);
}

/** What `pg` throws without a code is always about the connection. */
function named(error: unknown): unknown {
  if (error instanceof StoreError || codeOf(error) !== null || !(error instanceof Error)) {
    return error;
  }
  return Object.assign(error, { code: "CONNECTION_CLOSED" });
}

function codeOf(error: unknown): string | null {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : null;
  return typeof code === "string" ? code : null;
}

const NUMBERS = new Set([20, 21, 23, 26, 700, 701, 1700]);

function parserOf(oid: number): (text: string) => unknown {
  if (NUMBERS.has(oid)) return Number;
  if (oid === 16) return (text) => text === "t";
  if (oid === 114 || oid === 3802) return (text) => JSON.parse(text);
  if (oid === 1184) return parseTimestamp;
  return (text) => text;
}
