/**
 * A narrow way to the hot store: at most so many queries of those who go through it are with the
 * store at a time, the others wait here, so that a connection is always free for whoever does not.
 * How many may wait is bounded by who asks (admission.ts).
 */
import { LIMITS } from "../limits.ts";
import type { Database } from "../store/database.ts";

export class QueryLane {
  readonly #queriesMax: number;
  #underWay = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(queriesMax: number = LIMITS.heavyQueriesMax) {
    this.#queriesMax = queriesMax;
  }

  /** The same database, by this lane. It is closed by who opened it. */
  through(database: Database): Database {
    return {
      kind: database.kind,
      get incarnation() {
        return database.incarnation ?? 0;
      },
      query: (text, values) => this.#inTurn(() => database.query(text, values)),
      transact: (statements, options) => this.#inTurn(() => database.transact(statements, options)),
      close: () => Promise.resolve(),
    };
  }

  async #inTurn<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#underWay < this.#queriesMax) this.#underWay++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await ask();
    } finally {
      // Its place goes to the next one.
      const next = this.#waiting.shift();
      if (next === undefined) this.#underWay--;
      else next();
    }
  }
}
