/** A target's token, as its requests carry it. No message holds a byte of it. */
import { LIMITS } from "../../../limits.ts";
import { readSmallFile } from "../../../runtime/small_file.ts";

/** What RFC 9110 §5.5 lets a header's value have, without spaces: nothing else is a token. */
const VISIBLE = /^[!-~]+$/;

/** The value of `Authorization`. @throws {Error} that names the file and what is wrong with it. */
export async function bearerOf(tokenPath: string): Promise<string> {
  const token = await readSmallFile(tokenPath, "bearer_token_file", LIMITS.secretBytesMax);
  // What is no header's value would be refused later by a message that holds it.
  if (!VISIBLE.test(token)) {
    throw new Error(`its bearer_token_file ${tokenPath} holds no token: one word of ASCII`);
  }
  return `Bearer ${token}`;
}
