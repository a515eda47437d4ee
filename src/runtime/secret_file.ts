/**
 * A secret that stands in a file, for a header: read at each use, so that a renewed one is in use at
 * once. No message holds a byte of it.
 */
import { LIMITS } from "../limits.ts";
import type { FileSystem } from "./files.ts";

/** What RFC 9110 §5.5 lets a header's value have, without spaces: nothing else is a token. */
const VISIBLE = /^[!-~]+$/;

/** Without the spaces and line ends around it. @throws {Error} that names the file and the rule. */
export async function readSecret(path: string, files: FileSystem): Promise<string> {
  const bytes = new Uint8Array(LIMITS.secretFileBytesMax + 1);
  let length = 0;
  try {
    const file = await files.open(path, "read");
    try {
      for (let read = -1; read !== 0 && length < bytes.length; length += read) {
        read = await file.read(bytes.subarray(length), length);
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot read the token of ${path}: ${reason}`, { cause });
  }
  const secret = new TextDecoder().decode(bytes.subarray(0, length)).trim();
  if (length <= LIMITS.secretFileBytesMax && VISIBLE.test(secret)) return secret;
  throw new Error(
    `Cannot take the token of ${path}: it must be 1 to ${LIMITS.secretFileBytesMax} visible ASCII ` +
      "characters in one line",
  );
}
