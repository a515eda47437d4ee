/** Which column names the host: by its name alone, for any text could be one. */
import { nameWords } from "./column_names.ts";
import type { SampleColumn } from "./sample.ts";

/** The surest first; words joined by `_`. */
const HOST_NAMES = [
  "host_id",
  "hostname",
  "host_name",
  "host",
  "server_id",
  "server_code",
  "server_name",
  "server",
  "instance_id",
  "instance_name",
  "instance",
  "node_id",
  "node_name",
  "node",
  "machine_id",
  "machine_name",
  "machine",
  "device_id",
  "device_name",
  "device",
  "computer",
  "system_id",
  "vm",
];

/** The host's column, or null. A nested `tags.host` counts behind any column of the same name. */
export function inferHost(columns: readonly SampleColumn[]): SampleColumn | null {
  let best: SampleColumn | null = null;
  let bestRank = Infinity;
  for (const column of columns) {
    const name = column.words.join("_");
    const exact = HOST_NAMES.indexOf(name);
    const nested = HOST_NAMES.findIndex((host) => name.endsWith(`_${host}`));
    const rank = exact >= 0 ? exact : nested >= 0 ? HOST_NAMES.length + nested : Infinity;
    if (rank < bestRank && column.values.every(isName)) [best, bestRank] = [column, rank];
  }
  return best;
}

/** Whether a column of these words could be taken for the host's, if its values are names. */
export function mayNameHost(words: readonly string[]): boolean {
  const name = words.join("_");
  return HOST_NAMES.some((host) => name === host || name.endsWith(`_${host}`));
}

/** The part of the file's path that is named as a host; the surest, or null. */
export function inferHostPart(parts: readonly string[]): string | null {
  const named = HOST_NAMES.flatMap((host) =>
    parts.filter((part) => nameWords(part).join("_") === host)
  );
  return named[0] ?? null;
}

function isName(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "bigint";
}
