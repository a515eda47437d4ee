/**
 * How another command finds the process that has a data directory: `rackwatch.control.json`, with
 * its address and a key of this run that only the directory's owner can read (mode 0600).
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "./files.ts";

export interface Control {
  readonly pid: number;
  /** `http://127.0.0.1:8080/`, or `https`. */
  readonly url: string;
  /** Stands for the token, for as long as this process runs. */
  readonly key: string;
}

const NAME = "rackwatch.control.json";

export function newControlKey(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
}

/** Returns what removes it again. */
export function writeControl(dataDir: string, control: Control): () => void {
  const path = join(dataDir, NAME);
  const temporary = `${path}.tmp`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, JSON.stringify(control) + "\n", { mode: 0o600, flag: "wx" });
  renameSync(temporary, path);
  return () => {
    if (readControl(dataDir)?.key === control.key) rmSync(path, { force: true });
  };
}

/** Null where there is none that can be read; what a killed process left may be in it. */
export function readControl(dataDir: string): Control | null {
  try {
    const value = JSON.parse(readFileSync(join(dataDir, NAME), "utf8")) as Partial<Control> | null;
    const { pid, url, key } = value ?? {};
    if (typeof pid !== "number" || typeof url !== "string" || typeof key !== "string") return null;
    return { pid, url, key };
  } catch (error) {
    if (errorCode(error) === null || errorCode(error) === "ENOENT") return null;
    throw error;
  }
}
