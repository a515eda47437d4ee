/**
 * Rows' bytes → text. UTF-8 is taken at its word until a row isn't UTF-8. If nothing before it was
 * outside of ASCII, the file is Latin-1 (windows-1252, as browsers read it) from there on, which
 * reads all that came before the same. If something was, the file is UTF-8 and that row is damaged.
 */
import type { DeadLetter } from "../model/record.ts";
import type { CsvEncoding } from "./csv_dialect.ts";
import type { CsvRowBatch } from "./csv_rows.ts";
import { invalidUtf8 } from "./line_parser.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const latin1 = new TextDecoder("windows-1252");

export interface EncodingFound {
  readonly encoding: CsvEncoding | "ascii";
  readonly certain: boolean;
  readonly why: string;
}

export class RowTexts {
  #latin1: boolean;
  readonly #mayBeLatin1: boolean;
  #sawUtf8 = false;

  constructor(encoding: CsvEncoding | "auto") {
    this.#latin1 = encoding === "latin-1";
    this.#mayBeLatin1 = encoding === "auto";
  }

  /** What was read so far, in words. */
  get found(): EncodingFound {
    if (this.#latin1) {
      const why = "its first bytes outside of ASCII are no UTF-8";
      return { encoding: "latin-1", certain: false, why };
    }
    return this.#sawUtf8
      ? { encoding: "utf-8", certain: true, why: "bytes outside of ASCII are UTF-8" }
      : { encoding: "ascii", certain: true, why: "nothing outside of ASCII was met" };
  }

  /** The text of the batch's row by its index, or why it has none. Ask in order. */
  of(batch: CsvRowBatch): (index: number) => string | DeadLetter {
    const { rows, bytes } = batch;
    const whole = this.#oneToOne(bytes);
    if (whole !== null) {
      return (index) => withoutMark(whole.slice(rows[index]?.start, rows[index]?.end));
    }
    return (index) => this.#row(bytes.subarray(rows[index]?.start, rows[index]?.end));
  }

  /** All of it at once, where a character is a byte. */
  #oneToOne(bytes: Uint8Array): string | null {
    if (this.#latin1) return latin1.decode(bytes);
    try {
      const text = strict.decode(bytes);
      return text.length === bytes.length ? text : null;
    } catch {
      return null;
    }
  }

  #row(bytes: Uint8Array): string | DeadLetter {
    if (this.#latin1) return latin1.decode(bytes);
    try {
      const text = strict.decode(bytes);
      if (text.length !== bytes.length) this.#sawUtf8 = true;
      return withoutMark(text);
    } catch {
      if (!this.#mayBeLatin1 || this.#sawUtf8) return invalidUtf8(bytes, 0);
      this.#latin1 = true;
      return latin1.decode(bytes);
    }
  }
}

/** Where files were strung together, a byte order mark stands before a row in the middle. */
function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
