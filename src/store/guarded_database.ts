/**
 * A database as a writer with cached keys uses it: each of its transactions makes sure that the
 * store is still the one those keys belong to, and holds off its replacement until it has ended.
 *
 * Refuses with `stale_checkpoint` (SQLSTATE RW002) once the store was built anew; by then the keys
 * are forgotten, and the next transaction is the new store's.
 */
import {
  type Database,
  type Row,
  type SqlValue,
  type Statement,
  StoreError,
  type TransactOptions,
} from "./database.ts";
import { SQL_STATE_STORE_REPLACED } from "./store_errors.ts";

export class GuardedDatabase implements Database {
  readonly kind: Database["kind"];
  readonly #database: Database;
  readonly #onReplaced: () => void;
  #identity: number | null = null;
  /** Of the database when its identity was read. */
  #incarnation = 0;

  /** @param onReplaced Forgets every key that was learnt. */
  constructor(database: Database, onReplaced: () => void) {
    this.kind = database.kind;
    this.#database = database;
    this.#onReplaced = onReplaced;
  }

  query<R extends Row = Row>(text: string, values?: readonly SqlValue[]): Promise<R[]> {
    return this.#database.query<R>(text, values);
  }

  /** What is read from here on must belong to the store that is there now. */
  async know(): Promise<number> {
    if (this.#identity !== null) return this.#identity;
    this.#incarnation = this.incarnation;
    const [row] = await this.#database.query<{ identity: number | null }>(
      "select rackwatch.store_identity() as identity",
    );
    const identity = row?.identity ?? null;
    if (identity === null) throw new StoreError("failed", "The hot store's schema is gone");
    return this.#identity = identity;
  }

  async transact(statements: readonly Statement[], options?: TransactOptions): Promise<Row[][]> {
    const expected = await this.know();
    // An identity is told apart within one store only; two that were made alike may share it.
    if (this.incarnation !== this.#incarnation) {
      this.#forget();
      throw new StoreError("stale_checkpoint", "The embedded store was started again", {
        sqlState: SQL_STATE_STORE_REPLACED,
      });
    }
    const first = { text: "select rackwatch.expect_store($1::bigint)", values: [expected] };
    try {
      const [, ...results] = await this.#database.transact([first, ...statements], options);
      return results;
    } catch (error) {
      if (error instanceof StoreError && error.sqlState === SQL_STATE_STORE_REPLACED) {
        this.#forget();
      }
      throw error;
    }
  }

  get incarnation(): number {
    return this.#database.incarnation ?? 0;
  }

  #forget(): void {
    this.#identity = null;
    this.#onReplaced();
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}
