/**
 * A database whose way in may be lost for good and replaced by a new one: the embedded store's
 * thread, started again. Until then calls reject with `unavailable`, and so does, at the
 * replacement, whatever was asked over the old way and not answered.
 *
 * What is behind the new way may have lost its last commits, or be another store altogether, filled
 * from nothing: `incarnation` says so to whoever remembers something of the old one.
 */
import type { Database, Row, SqlValue, Statement, TransactOptions } from "./database.ts";

export class RenewableDatabase implements Database {
  readonly kind: Database["kind"];
  #current: Database;
  #incarnation = 0;

  constructor(first: Database) {
    this.kind = first.kind;
    this.#current = first;
  }

  get incarnation(): number {
    return this.#incarnation;
  }

  /** From now on everything goes to this one. */
  renew(next: Database): void {
    const old = this.#current;
    this.#current = next;
    this.#incarnation++;
    // It is a lost one: nothing is to be finished there.
    old.close().catch(() => {});
  }

  query<R extends Row = Row>(text: string, values?: readonly SqlValue[]): Promise<R[]> {
    return this.#current.query<R>(text, values);
  }

  transact(statements: readonly Statement[], options?: TransactOptions): Promise<Row[][]> {
    return this.#current.transact(statements, options);
  }

  close(): Promise<void> {
    return this.#current.close();
  }
}
