/** Which format a history file is in: told by content; its name decides what content leaves open. */
import type { FileTrait } from "../model/file_trait.ts";
import { type FileSystem, REAL_FILES } from "../runtime/files.ts";
import { DamagedFileError } from "./damaged_file.ts";
import { type FileBytes, openBytes } from "./file_bytes.ts";
import { looksLikeLineProtocol, parseLineProtocol } from "./line_protocol.ts";
import { jsonFault } from "./json_fault.ts";
import { utf8Chunks } from "./utf8_chunks.ts";

export type FileFormat = "csv" | "ndjson" | "json" | "parquet";

export interface ToldFormat extends Pick<FileTrait, "confidence" | "why"> {
  readonly format: FileFormat;
}

/**
 * By magic bytes and the first character that isn't blank; compressed files are looked into.
 *
 * ```
 * PAR1                      parquet
 * [                         json
 * { on a line of its own,
 *   or a line that goes on  json (objects over several lines)
 * {                         ndjson
 * anything else             parquet, ndjson if the name ends so; csv
 * ```
 *
 * @throws {DamagedFileError} where it is a known format that holds no records.
 */
export async function tellFormat(
  path: string,
  files: FileSystem = REAL_FILES,
): Promise<ToldFormat> {
  const bytes = await openBytes(path, files);
  const head = await headOf(bytes);
  const ending = /\.([a-z0-9]+)(?:\.(?:gz|zst))?$/i.exec(path)?.[1]?.toLowerCase() ?? "";
  const text = new TextDecoder().decode(head);
  if (text.startsWith("PAR1")) return told("parquet", "its first bytes are PAR1");
  if (ending === "parquet") return told("parquet", "its name ends so", "likely");
  const start = text.trimStart();
  if (/^# (HELP|TYPE) [A-Za-z_:]/.test(start)) {
    throw new DamagedFileError(
      path,
      "it is a scrape in Prometheus' text format, which has neither times nor a host; have " +
        "its exporter scraped: [[scrape]] in rackwatch.toml (docs/agents/README.md)",
    );
  }
  if (!["csv", "tsv"].includes(ending) && isLineProtocol(start)) {
    throw new DamagedFileError(
      path,
      "it is InfluxDB's line protocol, which is read as live lines: send them to --listen or " +
        "POST /api/v2/write (docs/agents/README.md)",
    );
  }
  if (start.startsWith("[") && ending !== "csv" || start.startsWith("{")) {
    const isArray = start.startsWith("[");
    if (jsonOrLines(start, ending) === "ndjson") {
      return told("ndjson", `its first line is ${isArray ? "an array" : "an object"} by itself`);
    }
    return told("json", isArray ? "it begins with an array" : "its first object goes on below");
  }
  return ["ndjson", "jsonl", "json"].includes(ending)
    ? told("ndjson", "its name ends so", "likely")
    : told("csv", "it begins neither as JSON nor as Parquet", "likely");
}

export async function detectFormat(
  path: string,
  files: FileSystem = REAL_FILES,
): Promise<FileFormat> {
  return (await tellFormat(path, files)).format;
}

function told(
  format: FileFormat,
  why: string,
  confidence: FileTrait["confidence"] = "certain",
): ToldFormat {
  return { format, confidence, why };
}

function isLineProtocol(start: string): boolean {
  const line = start.split("\n").find((one) => !one.startsWith("#"))?.trimEnd() ?? "";
  return looksLikeLineProtocol(line) && parseLineProtocol(line, 0, 0).kind === "record";
}

/** A first line that is whole by itself is one of lines; `[{…}]` alone may be either, and is both. */
function jsonOrLines(start: string, ending: string): FileFormat {
  const lineEnd = start.indexOf("\n");
  const line = lineEnd === -1 ? start : start.slice(0, lineEnd);
  if (start.startsWith("[")) {
    const isLine = ending === "ndjson" || ending === "jsonl" || start.slice(line.length).trim();
    return isLine && jsonFault(line) === null ? "ndjson" : "json";
  }
  if (lineEnd === -1) return "ndjson";
  const fault = jsonFault(line);
  return fault !== null && fault.at >= line.trimEnd().length ? "json" : "ndjson";
}

const HEAD_BYTES = 65_536;

async function headOf(bytes: FileBytes): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of utf8Chunks(bytes.chunks())) {
    parts.push(chunk.slice(0, HEAD_BYTES - length));
    length += chunk.length;
    if (length >= HEAD_BYTES) break;
  }
  return Buffer.concat(parts);
}
