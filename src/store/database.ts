/**
 * The narrow waist of the hot store: SQL in, rows out, and all-or-nothing lists of statements. The
 * same interface stands before PostgreSQL (postgres.js, pg) and the embedded store (PGlite in a worker
 * of its own, reached through a MessagePort), so that no SQL knows which one it runs on.
 */

/** Values as the drivers take them: arrays become PostgreSQL arrays and want a cast in the text. */
export type SqlValue =
  | string
  | number
  | boolean
  | null
  | readonly (string | number | boolean | null)[];

/**
 * Many values of one type: an `int4[]`, `int2[]` or `float8[]` that goes in PostgreSQL's binary
 * format, several times as fast as text. In a `Float64Array` NaN stands for null.
 */
export type Column = Int32Array | Int16Array | Float64Array;

export interface Statement {
  /** With $1, $2, … placeholders; cast every one: `$1::text`. */
  readonly text: string;
  readonly values?: readonly (SqlValue | Column)[];
}

export type Row = Record<string, unknown>;

export interface TransactOptions {
  /** Where a transaction is known to take long: when it is given up, in place of the usual bound. */
  readonly timeoutMs?: number;
  /** Told once all statements are on their way: from here on there is nothing to do but wait. */
  readonly onUnderWay?: () => void;
}

export interface Database {
  readonly kind: "postgres" | "embedded";
  /** Changes when another store may be behind it; never where it is not given. */
  readonly incarnation?: number;
  /** One statement, outside of any transaction. int8 arrives as number, timestamptz as epoch ms. */
  query<R extends Row = Row>(text: string, values?: readonly SqlValue[]): Promise<R[]>;
  /** All statements in one transaction, in order; each one's rows. Any error rolls all back. */
  transact(statements: readonly Statement[], options?: TransactOptions): Promise<Row[][]>;
  close(): Promise<void>;
}

/** What failed, told apart by what to do about it. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  /**
   * `unavailable`: no connection, or it broke: try again, the outcome is unknown.
   * `rejected`: the database refused the data (SQLSTATE class 22 or 23): find the row.
   * `stale_checkpoint`: somebody else applied this: read the checkpoint anew.
   * `failed`: anything else; our mistake or the server's.
   */
  constructor(
    readonly code: "unavailable" | "rejected" | "stale_checkpoint" | "failed",
    message: string,
    options?: { cause?: unknown; sqlState?: string },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.sqlState = options?.sqlState ?? null;
  }
  readonly sqlState: string | null;
}
