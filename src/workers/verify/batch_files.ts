/** The files of a batch run, line by line, and whether they are what its manifest says. */
import { join } from "node:path";
import type { BatchFile, BatchManifest } from "../../archive/batch_manifest.ts";
import { DEAD_LETTERS_NAME } from "../../archive/batch_writer.ts";
import type { FileSystem } from "../../runtime/files.ts";

/** A file of the run; `promised` is null where no manifest says what it should hold. */
export interface ListedFile {
  readonly name: string;
  readonly promised: BatchFile | null;
}

export interface ArchivedLine {
  /** Byte of the line in its file. */
  readonly at: number;
  readonly text: string;
}

const READINGS_NAME = /^readings-\d{6,}\.ndjson$/;
const LF = 10;

/** What the manifest lists; of a run that is open, or has none, what is there. */
export async function filesOf(
  runDirectory: string,
  manifest: BatchManifest | null,
  files: FileSystem,
): Promise<{ readings: ListedFile[]; rejects: ListedFile }> {
  if (manifest !== null && manifest.state !== "open") {
    return {
      readings: manifest.readings.map((promised) => ({ name: promised.name, promised })),
      rejects: { name: manifest.deadLetters.name, promised: manifest.deadLetters },
    };
  }
  const names = (await files.list(runDirectory)).filter((name) => READINGS_NAME.test(name));
  return {
    readings: names.map((name) => ({ name, promised: null })),
    rejects: { name: DEAD_LETTERS_NAME, promised: null },
  };
}

/** Reads one file through once, and then says what is wrong with it. */
export class BatchFileReader {
  readonly #path: string;
  readonly #hash = new Bun.CryptoHasher("sha256");
  #lines = 0;
  #bytes = 0;
  #isThere = true;

  constructor(runDirectory: string, readonly file: ListedFile) {
    this.#path = join(runDirectory, file.name);
  }

  get lines(): number {
    return this.#lines;
  }

  /** Some thousand at a time. A last line without LF is none: it is being written, or is torn. */
  async *chunks(): AsyncGenerator<ArchivedLine[]> {
    const file = Bun.file(this.#path);
    if (!(this.#isThere = await file.exists())) return;
    let rest: Uint8Array = new Uint8Array(0);
    for await (const read of file.stream()) {
      this.#hash.update(read);
      const bytes = rest.length === 0 ? read : Buffer.concat([rest, read]);
      const at = this.#bytes - rest.length;
      this.#bytes += read.length;
      const lines: ArchivedLine[] = [];
      let start = 0;
      for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
        lines.push({ at: at + start, text: decoder.decode(bytes.subarray(start, end)) });
        start = end + 1;
      }
      rest = bytes.slice(start);
      this.#lines += lines.length;
      if (lines.length > 0) yield lines;
    }
  }

  /** After the last line: in words, empty where it is what was archived. */
  faults(runId: string): string[] {
    const { name, promised } = this.file;
    if (promised === null) return [];
    const path = `${runId}/${name}`;
    // A run that was interrupted at its very start has no file for what there was none of.
    if (!this.#isThere && promised.bytes === 0) return [];
    if (!this.#isThere) return [`${path}: the file is missing`];
    if (this.#bytes !== promised.bytes) {
      return [`${path}: ${this.#bytes} bytes, its manifest says ${promised.bytes}`];
    }
    if (this.#lines !== promised.lines) {
      return [`${path}: ${this.#lines} lines, its manifest says ${promised.lines}`];
    }
    const isSame = promised.sha256 === undefined || promised.sha256 === this.#hash.digest("hex");
    return isSame ? [] : [`${path}: its bytes are not those that were archived (SHA-256)`];
  }
}

const decoder = new TextDecoder();
