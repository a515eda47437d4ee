/**
 * A database that need not be there yet: opened and made ready at the first call that succeeds in
 * it, and tried again at each call until then. So nothing that uses it has to wait for a server
 * before it can start.
 */
import type { Database, Row, SqlValue, Statement, TransactOptions } from "./database.ts";

export class LazyDatabase implements Database {
  readonly kind: Database["kind"];
  readonly #open: () => Promise<Database>;
  #opening: Promise<Database> | null = null;

  /** @param open Connects and migrates; its errors are those of the call that asked for it. */
  constructor(kind: Database["kind"], open: () => Promise<Database>) {
    this.kind = kind;
    this.#open = open;
  }

  async query<R extends Row = Row>(text: string, values?: readonly SqlValue[]): Promise<R[]> {
    return await (await this.#opened()).query<R>(text, values);
  }

  async transact(statements: readonly Statement[], options?: TransactOptions): Promise<Row[][]> {
    return await (await this.#opened()).transact(statements, options);
  }

  async close(): Promise<void> {
    const database = await this.#opening?.catch(() => null);
    await database?.close();
  }

  #opened(): Promise<Database> {
    const opening = this.#opening ??= this.#open();
    opening.catch(() => {
      if (this.#opening === opening) this.#opening = null;
    });
    return opening;
  }
}
