/** A real store behind a connection that fails when a test says so: faults are what may be made up. */
import {
  type Database,
  type Row,
  type SqlValue,
  type Statement,
  StoreError,
  type TransactOptions,
} from "../../../src/store/database.ts";

export class FlakyDatabase implements Database {
  /** Nothing gets through. */
  isAway = false;
  /** So many of the next transactions are done, and their answer is lost. */
  answersLost = 0;
  /** The next transaction with this in its text is done, and its answer is lost. */
  loseAnswerOf: string | null = null;
  transactions = 0;

  constructor(readonly inner: Database) {}

  get kind(): Database["kind"] {
    return this.inner.kind;
  }

  async query<R extends Row = Row>(text: string, values?: readonly SqlValue[]): Promise<R[]> {
    this.#check();
    return await this.inner.query<R>(text, values);
  }

  async transact(statements: readonly Statement[], options?: TransactOptions): Promise<Row[][]> {
    this.#check();
    this.transactions++;
    const results = await this.inner.transact(statements, options);
    if (this.answersLost > 0) {
      this.answersLost--;
      throw new StoreError("unavailable", "connection lost during COMMIT");
    }
    const { loseAnswerOf } = this;
    if (loseAnswerOf !== null && statements.some(({ text }) => text.includes(loseAnswerOf))) {
      this.loseAnswerOf = null;
      throw new StoreError("unavailable", "connection lost during COMMIT");
    }
    return results;
  }

  /** The store under it is the test's. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  #check(): void {
    if (this.isAway) throw new StoreError("unavailable", "connection refused");
  }
}
