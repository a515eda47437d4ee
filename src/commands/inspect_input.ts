/**
 * What `inspect` looks at: a file, a URL, or standard input. The latter two are read into memory,
 * within a bound of bytes and of time; what came until then is the input, marked as cut.
 */
import { resolve } from "node:path";
import { UsageError } from "../cli.ts";
import { LIMITS } from "../limits.ts";
import { bytesFile } from "../runtime/bytes_file.ts";
import { type FileSystem, REAL_FILES } from "../runtime/files.ts";
import { reasonOf } from "../sources/damaged_file.ts";

const LF = 10;

export interface InspectInput {
  /** As shown to people. */
  readonly shown: string;
  /** Where it is in `files`; its last part names a source. */
  readonly path: string;
  readonly files: FileSystem;
  /** Whether `path` is one on disk. */
  readonly isFile: boolean;
  /** Why there may be more than is there; null where it is all. */
  readonly cut: string | null;
  /** Whether it was cut within a line. */
  readonly endsInLine: boolean;
}

/** Raised where nothing could be read; the message says what was asked and what came. */
export class NoInputError extends Error {
  override readonly name = "NoInputError";
}

/** @throws {UsageError} for a call that can't be meant, {NoInputError} where nothing came. */
export async function openInput(
  word: string,
  stdin: () => ReadableStream<Uint8Array> = () => Bun.stdin.stream(),
  bounds: Bounds = { bytesMax: LIMITS.inspectBytesMax, msMax: LIMITS.inspectMsMax },
): Promise<InspectInput> {
  if (word === "-") {
    const taken = await take(stdin(), AbortSignal.timeout(bounds.msMax), bounds);
    if (taken.bytes.length === 0) {
      throw new NoInputError(`Nothing came on standard input (${taken.cut ?? "it ended"})`);
    }
    return inMemory("standard input", "/stdin", taken);
  }
  if (/^https?:\/\//i.test(word)) return await fromUrl(word, bounds);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(word)) {
    throw new UsageError(`Cannot inspect ${word}: a URL begins with http:// or https://`);
  }
  const path = resolve(word);
  if (!(await Bun.file(path).exists())) throw new UsageError(`There is no file ${path}`);
  return { shown: path, path, files: REAL_FILES, isFile: true, cut: null, endsInLine: false };
}

interface Bounds {
  readonly bytesMax: number;
  readonly msMax: number;
}

interface Taken {
  readonly bytes: Uint8Array;
  readonly cut: string | null;
}

async function fromUrl(word: string, bounds: Bounds): Promise<InspectInput> {
  const url = URL.parse(word);
  if (url === null) throw new UsageError(`Cannot inspect ${word}: it is no URL`);
  const shown = withoutPassword(url);
  const signal = AbortSignal.timeout(bounds.msMax);
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (cause) {
    const reason = signal.aborted ? `no answer within ${bounds.msMax} ms` : reasonOf(cause);
    throw new NoInputError(`Cannot read ${shown}: ${reason}`, { cause });
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new NoInputError(
      `Cannot read ${shown}: the answer is ${response.status} ${response.statusText}`.trimEnd(),
    );
  }
  const taken = await take(response.body, signal, bounds);
  if (taken.bytes.length === 0) {
    throw new NoInputError(
      `Cannot read ${shown}: the answer is empty (${taken.cut ?? "it ended"})`,
    );
  }
  const name = url.pathname.split("/").filter((part) => part !== "").at(-1) ?? url.hostname;
  return inMemory(shown, `/${name}`, taken);
}

/** It is shown, logged and pasted. */
function withoutPassword(url: URL): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  return shown.href;
}

function inMemory(shown: string, path: string, { bytes, cut }: Taken): InspectInput {
  const endsInLine = cut !== null && bytes.at(-1) !== LF;
  return { shown, path, files: bytesFile(path, bytes), isFile: false, cut, endsInLine };
}

/** What comes within the bounds. A stream that breaks off has given what it gave. */
async function take(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  { bytesMax, msMax }: Bounds,
): Promise<Taken> {
  const parts: Uint8Array[] = [];
  const reader = stream.getReader();
  const late = new Promise<null>((settle) => {
    signal.addEventListener("abort", () => settle(null), { once: true });
  });
  let length = 0;
  const taken = (cut: string | null): Taken => ({
    bytes: new Uint8Array(Buffer.concat(parts)).subarray(0, bytesMax),
    cut,
  });
  try {
    for (;;) {
      const next = await Promise.race([reader.read(), late]);
      if (next === null) return taken(`what came within ${msMax} ms`);
      if (next.done) return taken(null);
      parts.push(next.value);
      length += next.value.length;
      if (length > bytesMax) return taken(`the first ${bytesMax} bytes`);
    }
  } catch (error) {
    return taken(
      signal.aborted ? `what came within ${msMax} ms` : `it broke off: ${reasonOf(error)}`,
    );
  } finally {
    // What is not read is not asked for any more; a source that can't be told so is left alone.
    reader.cancel().catch(() => {});
  }
}
