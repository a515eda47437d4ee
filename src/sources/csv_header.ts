/**
 * The rules about header rows: what a column is called, whether a first row is one, and what a
 * header in the middle of a file means. The aim of all: never a silent shift of columns.
 */

const NUMBER_LIKE = /^[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:e[+-]?\d+)?\s*%?$/i;
const TIME_LIKE = /^\d{4}-\d{1,2}-\d{1,2}|^\d{1,2}[./]\d{1,2}[./]\d{2,4}|^\d{1,2}:\d{2}/;
const NAME_LIKE = /^[\p{L}_][\p{L}\p{N}_ .%()/°\-[\]]*$/u;

/** Whether a cell is shaped like a measurement or a time rather than a name. */
export function looksLikeData(cell: string): boolean {
  const text = cell.trim();
  return NUMBER_LIKE.test(text) || TIME_LIKE.test(text);
}

/** A first row is a header unless some cell of it looks like data; an all-empty row is none. */
export function looksLikeHeader(cells: readonly string[]): boolean {
  return cells.some((cell) => cell.trim() !== "") && !cells.some(looksLikeData);
}

/** Column names: trimmed; an empty one is `column_3`; a second `temp` is `temp_2`. */
export function columnNames(cells: readonly string[]): string[] {
  const taken = new Set<string>();
  /** The number to try first: thousands of one name would each try all before it. */
  const nextCounts = new Map<string, number>();
  return cells.map((cell, index) => {
    const name = cell.trim() || `column_${index + 1}`;
    let count = nextCounts.get(name) ?? 2;
    let unique = name;
    for (; taken.has(unique); count++) unique = `${name}_${count}`;
    taken.add(unique);
    nextCounts.set(name, count);
    return unique;
  });
}

export type HeaderVerdict =
  | { readonly kind: "data" }
  /** The header again. */
  | { readonly kind: "repeated" }
  /** The same names in another order; `order[i]` is the cell that holds column i. */
  | { readonly kind: "reordered"; readonly order: readonly number[] }
  /** Other columns than before: what follows can't be read under the old names. */
  | { readonly kind: "changed" };

const DATA: HeaderVerdict = { kind: "data" };

/**
 * Judges rows after the header. A row is a changed header where every cell is shaped like a name,
 * no two are alike, and either half of them are names of the header, or one is and the cells of two
 * columns or more that held numbers or times in the first row of data are names now.
 */
export class HeaderWatch {
  readonly #names: readonly string[];
  readonly #known: ReadonlySet<string>;
  /** Columns that held numbers or times in the first row that has some; null before it. */
  #measured: number[] | null = null;

  /** @param headerCells The cells of the header as written, or the declared names. */
  constructor(headerCells: readonly string[]) {
    this.#names = headerCells.map(folded);
    this.#known = new Set(this.#names);
  }

  judge(cells: readonly string[]): HeaderVerdict {
    if (this.#measured === null) {
      if (!this.#mayBeHeader(cells)) {
        const measured = [...cells.keys()].filter((index) => looksLikeData(cells[index] ?? ""));
        // A row of units tells nothing yet.
        if (measured.length > 0) this.#measured = measured;
        return DATA;
      }
    } else if (this.#measured.length > 0) {
      // Nearly every row ends here: a measured column starts with a digit or sign.
      const first = (cells[this.#measured[0] ?? 0] ?? "").charCodeAt(0);
      if (first >= 43 && first <= 57) return DATA;
    }
    return this.#mayBeHeader(cells) ? this.#compare(cells.map(folded)) : DATA;
  }

  #compare(names: readonly string[]): HeaderVerdict {
    if (this.#isHeader(names)) return { kind: "repeated" };
    const same = names.length === this.#names.length;
    const unique = new Set(names);
    if (same && unique.size === names.length && this.#names.every((name) => unique.has(name))) {
      return { kind: "reordered", order: this.#names.map((name) => names.indexOf(name)) };
    }
    return { kind: "changed" };
  }

  #isHeader(names: readonly string[]): boolean {
    return names.length === this.#names.length &&
      names.every((name, index) => name === this.#names[index]);
  }

  #mayBeHeader(cells: readonly string[]): boolean {
    const known = cells.filter((cell) => this.#known.has(folded(cell))).length;
    if (known === 0) return false;
    const names = cells.map(folded);
    if (this.#isHeader(names)) return true;
    if (new Set(names).size !== names.length) return false;
    if (known === names.length && known === this.#names.length) return true;
    if (!cells.every((cell) => NAME_LIKE.test(cell.trim()))) return false;
    if (known * 2 >= cells.length) return true;
    const measured = this.#measured ?? [];
    return measured.length >= 2 && measured.every((index) => !looksLikeData(cells[index] ?? ""));
  }
}

function folded(name: string): string {
  return name.trim().toLowerCase();
}
