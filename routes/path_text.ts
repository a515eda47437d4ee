/** A part of the path that names something: text as bounded as the same text in a parameter. */
import { bad } from "./parameters.ts";

/** @throws {HttpError} 400 */
export function pathText(given: string, what: string, charsMax: number): string {
  if (given.length > charsMax) {
    throw bad("invalid_path", `Cannot read the ${what}: at most ${charsMax} characters.`);
  }
  if (given.includes("\0")) {
    throw bad("invalid_path", `Cannot read the ${what}: it must not hold U+0000.`);
  }
  return given;
}
