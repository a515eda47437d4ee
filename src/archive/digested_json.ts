/**
 * JSON files that the archive writes whole, each with the SHA-256 of its own bytes as its last key,
 * so that a changed bit shows also where the JSON stays valid (FORMAT.md, "Manifest"):
 *
 * ```
 * {⏎  "format": 1,⏎  …,⏎  "last": 0 │ ,⏎  "sha256": "<of all before the comma>"⏎}⏎
 * ```
 */
import { sha256 } from "./index_record.ts";

const DIGEST = /^([^]*),\n {2}"([^"\n]*)": "([^"\n]*)"\n}\n$/;
const HEX = /^[0-9a-f]{64}$/;

/** @param value An object with at least one key, none of them `sha256`. */
export function encodeDigested(value: Readonly<Record<string, unknown>>): Uint8Array {
  const rest = JSON.stringify(value, null, 2).slice(0, -"\n}".length);
  return new TextEncoder().encode(`${rest},\n  "sha256": "${digest(rest)}"\n}\n`);
}

/** Whether a digest is there and is another one. A file without, as older ones are, is taken as it is. */
export function isChanged(text: string): boolean {
  const [, rest, key, value] = DIGEST.exec(text) ?? [];
  if (rest === undefined || key === undefined || value === undefined) return false;
  if (key !== "sha256" && !HEX.test(value)) return false;
  return key !== "sha256" || value !== digest(rest);
}

function digest(text: string): string {
  return sha256(new TextEncoder().encode(text));
}
