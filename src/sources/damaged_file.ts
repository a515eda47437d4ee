/**
 * A file that can't be trusted as a whole: truncated, corrupt, or growing beyond its bound when
 * decompressed. Thrown while it is opened or read; whatever it gave until then must not be loaded.
 */
export class DamagedFileError extends Error {
  override readonly name = "DamagedFileError";

  /** @param reason What is wrong and, where it helps, what to do; without the path. */
  constructor(readonly path: string, readonly reason: string, options?: { cause?: unknown }) {
    super(`Cannot read ${path}: ${reason}`, options);
  }
}

/** The message of whatever was thrown, for the person who reads it. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
