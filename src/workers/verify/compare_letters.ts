/**
 * Rejects of the archive held against the dead letters of the hot store, by offset and code, stretch
 * by stretch of one origin.
 */
import type { Database } from "../../store/database.ts";
import { deadLettersOfStretch, type StoredLetter } from "../../store/queries/origin_rows.ts";
import { NAMED_MAX } from "./compare_rows.ts";

/** Letters of one question to the store. */
const STRETCH_LETTERS = 5_000;

export class LetterComparison {
  readonly differences: string[] = [];
  #path = "";
  #from = 0;
  #to = 0;
  #letters: StoredLetter[] = [];

  /** @param ofStore Whether the archive's rejects include what the store itself refused. */
  constructor(readonly database: Database, readonly ofStore: boolean) {}

  /** Rejects of `[from, to)` of an origin, in order of offset. */
  async add(
    path: string,
    from: number,
    to: number,
    letters: readonly StoredLetter[],
  ): Promise<void> {
    if (path !== this.#path || from < this.#to) await this.finish();
    if (this.#from === this.#to) [this.#path, this.#from] = [path, from];
    this.#to = to;
    for (const { offset, code } of letters) this.#letters.push({ offset, code });
    if (this.#letters.length >= STRETCH_LETTERS) await this.finish();
  }

  /** Compares what is left. */
  async finish(): Promise<void> {
    if (this.#from === this.#to) return;
    const [path, from, to, letters] = [this.#path, this.#from, this.#to, this.#letters];
    this.#from = this.#to;
    this.#letters = [];
    const stretch = { path, from, to };
    // One more than there may be, so that an extra one shows, however many there are.
    const max = letters.length + 1;
    const stored = await deadLettersOfStretch(this.database, stretch, {
      ofStore: this.ofStore,
      max,
    });
    const found = firstDifference(path, letters, stored);
    if (found !== null && this.differences.length < NAMED_MAX) this.differences.push(found);
  }
}

/** Both sides in order of offset. */
function firstDifference(
  path: string,
  archived: readonly StoredLetter[],
  stored: readonly StoredLetter[],
): string | null {
  for (let i = 0; i < Math.max(archived.length, stored.length); i++) {
    const cold = archived[i], hot = stored[i];
    if (hot === undefined || (cold !== undefined && cold.offset < hot.offset)) {
      return `${path} offset ${cold!.offset}: a reject (${cold!.code}), ` +
        `and not in the dead letters of the hot store`;
    }
    if (cold === undefined || hot.offset < cold.offset) {
      return `${path} offset ${hot.offset}: in the dead letters of the hot store, ` +
        `and not a reject in the archive`;
    }
    if (cold.code !== hot.code) {
      return `${path} offset ${cold.offset}: the reject is ${cold.code} in the archive, ` +
        `${hot.code} in the hot store`;
    }
  }
  return null;
}
