/**
 * A small text file that the configuration names: a secret, or certificates. Read each time it is
 * needed, so that a new password is in use without a restart. Says which file and what is wrong with
 * it, and never what is in it.
 */
import { readFile, stat } from "node:fs/promises";
import { errorCode } from "./files.ts";

/**
 * The text without line ends behind it.
 *
 * @param what What the configuration calls it: `password_file`.
 * @throws {Error} where it is no such file, is blank, or has more than `bytesMax` bytes.
 */
export async function readSmallFile(
  path: string,
  what: string,
  bytesMax: number,
): Promise<string> {
  const text = await readText(path, what, bytesMax);
  const trimmed = text.replace(/[\r\n]+$/, "");
  if (trimmed.trim() === "") throw new Error(`its ${what} ${path} is blank`);
  return trimmed;
}

async function readText(path: string, what: string, bytesMax: number): Promise<string> {
  try {
    const found = await stat(path);
    // A pipe would be waited for.
    if (!found.isFile()) throw new Error(`its ${what} ${path} is no file`);
    if (found.size > bytesMax) {
      throw new Error(`its ${what} ${path} has more than ${bytesMax} bytes`);
    }
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = errorCode(cause);
    if (code === null) throw cause;
    throw new Error(`its ${what} ${path} can't be read: ${code}`, { cause });
  }
}
