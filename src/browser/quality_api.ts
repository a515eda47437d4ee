/** What the view of data quality asks of the server. Answers are checked for the parts it shows. */
import type { Layer } from "../model/origin.ts";
import { ApiError, type Ask, field, moment } from "./ask.ts";

/** How many dead letters one rule made of one source. */
export interface DeadLetterGroup {
  readonly layer: Layer;
  readonly source: string;
  readonly code: string;
  readonly count: number;
  /** When the newest was stored, epoch ms. */
  readonly lastMs: number | null;
}

export interface DeadLetterRow {
  readonly source: string;
  readonly layer: Layer;
  /** The file, and the place in it: byte offset or row. */
  readonly file: string;
  readonly offset: number;
  readonly code: string;
  readonly detail: string;
  readonly raw: string;
  readonly atMs: number | null;
}

/** The newest change of a source's columns. */
export interface SchemaNews {
  readonly words: string;
  /** When the file was written, and which it is; of live lines, when they came, and where they lie. */
  readonly atMs: number | null;
  readonly file: string;
}

export type SourceKind = "files" | "archive" | "live" | "scrape" | "agent";
const SOURCE_KINDS: readonly SourceKind[] = ["files", "archive", "live", "scrape", "agent"];

export interface SourceRow {
  readonly layer: Layer;
  readonly kind: SourceKind;
  readonly name: string;
  /** Null: not counted by source. */
  readonly files: number | null;
  readonly filesRefused: number;
  readonly filesLoading: number;
  readonly runs: number;
  readonly rows: number | null;
  readonly rejects: number | null;
  readonly lastReadingMs: number | null;
  readonly lastRecordMs: number | null;
  /** For how long nothing came, where that is too long; null where it is not, or nothing ever came. */
  readonly silentS: number | null;
  readonly isSilent: boolean;
  /** Null: no schema is known. */
  readonly schemaVersion: number | null;
  readonly schemaNews: SchemaNews | null;
}

export interface RunRow {
  readonly id: string;
  readonly kind: "live" | "batch";
  readonly state: "open" | "closed" | "interrupted" | "damaged";
  readonly firstArrivalMs: number | null;
  readonly lastArrivalMs: number | null;
  readonly firstReadingMs: number | null;
  readonly lastReadingMs: number | null;
  readonly lines: number;
  readonly bytes: number;
  readonly rows: number | null;
  readonly rejects: number | null;
  readonly deletedParts: number;
  readonly unknownColumns: readonly string[];
  readonly isRecovered: boolean;
  readonly tornBytes: number;
  readonly quarantined: number;
}

/** Null: of any. */
export interface DeadLetterFilter {
  readonly code: string | null;
  readonly source: string | null;
  readonly layer: Layer | null;
}

export async function askDeadLetterGroups(ask: Ask): Promise<DeadLetterGroup[]> {
  return list(await ask.get("/api/dead-letters/summary", {})).map((each) => ({
    layer: layerOf(each),
    source: text(each, "source_name"),
    code: text(each, "code"),
    count: count(each, "count"),
    lastMs: moment(field(each, "last")),
  }));
}

export async function askDeadLetters(
  ask: Ask,
  filter: DeadLetterFilter,
  limit: number,
): Promise<DeadLetterRow[]> {
  const wanted = Object.entries(filter).filter(([, value]) => value !== null);
  const query = { ...Object.fromEntries(wanted) as Record<string, string>, limit };
  return list(await ask.get("/api/dead-letters", query)).map((each) => ({
    source: text(each, "source_name"),
    layer: layerOf(each),
    file: text(each, "source"),
    offset: count(each, "offset"),
    code: text(each, "code"),
    detail: text(each, "detail"),
    raw: text(each, "raw"),
    atMs: moment(field(each, "at")),
  }));
}

export async function askSources(ask: Ask): Promise<SourceRow[]> {
  return list(await ask.get("/api/sources", {})).map((each) => ({
    layer: layerOf(each),
    kind: kindOf(each),
    name: text(each, "name"),
    files: known(each, "files"),
    filesRefused: count(each, "files_refused"),
    filesLoading: count(each, "files_loading"),
    runs: count(each, "runs"),
    rows: known(each, "rows"),
    rejects: known(each, "rejects"),
    lastReadingMs: moment(field(each, "last_reading")),
    lastRecordMs: moment(field(each, "last_record") ?? null),
    silentS: field(each, "silent") === true ? known(each, "silent_s") : null,
    isSilent: field(each, "silent") === true,
    ...schemaOf(each),
  }));
}

function schemaOf(source: unknown): Pick<SourceRow, "schemaVersion" | "schemaNews"> {
  const schema = field(source, "schema") ?? null;
  const changes = field(source, "schema_changes");
  const newest: unknown = Array.isArray(changes) ? changes[0] : undefined;
  return {
    schemaVersion: schema === null ? null : count(schema, "version"),
    schemaNews: newest === undefined ? null : {
      words: text(newest, "words"),
      atMs: moment(field(newest, "at")),
      file: text(newest, "from"),
    },
  };
}

const RUN_STATES = ["open", "closed", "interrupted", "damaged"] as const;

export async function askRuns(ask: Ask): Promise<RunRow[]> {
  return list(await ask.get("/api/runs", {})).map((each) => {
    const at = (name: string) => moment(field(each, name));
    const columns = field(each, "unknown_columns");
    return {
      id: text(each, "run_id"),
      kind: text(each, "kind") === "batch" ? "batch" : "live",
      state: RUN_STATES.find((state) => state === text(each, "state")) ?? "damaged",
      firstArrivalMs: at("first_arrival"),
      lastArrivalMs: at("last_arrival"),
      firstReadingMs: at("first_reading"),
      lastReadingMs: at("last_reading"),
      lines: count(each, "lines"),
      bytes: count(each, "bytes"),
      rows: known(each, "rows"),
      rejects: known(each, "rejects"),
      deletedParts: count(each, "deleted_parts"),
      unknownColumns: Array.isArray(columns) ? columns.map(String) : [],
      isRecovered: field(each, "recovered") === true,
      tornBytes: count(each, "torn_bytes"),
      quarantined: count(each, "quarantined"),
    };
  });
}

function list(body: unknown): unknown[] {
  if (!Array.isArray(body)) throw new ApiError(200, "The answer holds no list.");
  return body;
}

function text(of: unknown, name: string): string {
  return String(field(of, name) ?? "");
}

function count(of: unknown, name: string): number {
  const value = Number(field(of, name) ?? 0);
  return Number.isFinite(value) ? value : 0;
}

/** Null where it is not counted. */
function known(of: unknown, name: string): number | null {
  return (field(of, name) ?? null) === null ? null : count(of, name);
}

function kindOf(of: unknown): SourceKind {
  const told = text(of, "kind");
  return SOURCE_KINDS.find((kind) => kind === told) ??
    (layerOf(of) === "batch" ? "files" : "archive");
}

function layerOf(of: unknown): Layer {
  return field(of, "layer") === "batch" ? "batch" : "speed";
}
