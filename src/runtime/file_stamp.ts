/** Tells without reading it whether a file is another one than before. */
import { statSync } from "node:fs";
import { errorCode } from "./files.ts";

/** Differs when the file was written anew, is another one, is gone or can't be looked at. */
export function fileStamp(path: string): string {
  try {
    const found = statSync(path);
    return `${found.ino} ${found.size} ${found.mtimeMs}`;
  } catch (error) {
    return errorCode(error) ?? String(error);
  }
}
