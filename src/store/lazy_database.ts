/**
 * A database that need not be there yet: opened and made ready at the first call that succeeds in
 * it, and tried again at each call until then. So nothing that uses it has to wait for a server
 * before it can start.
 */
import type { Database, Row, SqlValue, Statement, TransactOptions } from "./database.ts";

export class LazyDatabase implements Database {
  readonly kind: Database["kind"];
  readonly #open: () => Promise<Database>;
  readonly #abandon: () => Promise<void>;
  #opening: Promise<Database> | null = null;
  #database: Database | null = null;

  /**
   * @param open Connects and migrates; its errors are those of the call that asked for it.
   * @param abandon Has an opening that is under way fail, where it could wait for ever.
   */
  constructor(
    kind: Database["kind"],
    open: () => Promise<Database>,
    abandon: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.kind = kind;
    this.#open = open;
    this.#abandon = abandon;
  }

  async query<R extends Row = Row>(text: string, values?: readonly SqlValue[]): Promise<R[]> {
    return await (await this.#opened()).query<R>(text, values);
  }

  async transact(statements: readonly Statement[], options?: TransactOptions): Promise<Row[][]> {
    return await (await this.#opened()).transact(statements, options);
  }

  /** One that is still being opened is closed once it is there; nobody waits for that. */
  async close(): Promise<void> {
    if (this.#database !== null) return await this.#database.close();
    this.#opening?.then((database) => database.close()).catch(() => {});
    await this.#abandon();
  }

  #opened(): Promise<Database> {
    const opening = this.#opening ??= this.#open();
    opening.then((database) => this.#database = database, () => {
      if (this.#opening === opening) this.#opening = null;
    });
    return opening;
  }
}
