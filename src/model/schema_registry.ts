/**
 * The schemas of one source over time: what a finding makes of those that are known. Promises that
 * the same files, found in any order, make the same versions (as long as none had to go): a
 * schema's times are those at which its files were written (its live records came), and versions are
 * numbered by the first.
 */
import {
  type SchemaChange,
  schemaChanges,
  type SchemaColumn,
  type SchemaVersion,
  UNTOLD_TYPE,
} from "./schema.ts";

export interface KnownSchema extends Omit<SchemaVersion, "source"> {
  readonly lastSeenMs: number;
  /** Against the version that was current when the first file of this one was written. */
  readonly changes: readonly SchemaChange[];
}

export interface FoundSchema {
  readonly columns: readonly SchemaColumn[];
  /** When the file was written, or the first live record with it came, epoch ms. */
  readonly atMs: number;
  /** The last live record with it, where that is another moment. */
  readonly untilMs?: number;
  readonly path: string;
}

export interface RegistryBounds {
  readonly versionsMax: number;
  readonly changesMax: number;
}

/** The same schema again only moves its times; the oldest versions beyond the bound go. */
export function withFound(
  known: readonly KnownSchema[],
  found: FoundSchema,
  { versionsMax, changesMax }: RegistryBounds,
): KnownSchema[] {
  const { columns, atMs, untilMs = atMs, path } = found;
  const same = known.find((schema) => isSame(schema.columns, columns));
  const all = same === undefined
    ? [...known, {
      version: 0,
      firstSeenMs: atMs,
      lastSeenMs: untilMs,
      from: path,
      columns,
      changes: [],
    }]
    : known.map((schema) => schema === same ? seenAgain(schema, found) : schema);
  const sorted = all.sort((a, b) => a.firstSeenMs - b.firstSeenMs || compare(a.from, b.from));
  const first = Math.min(...known.map(({ version }) => version), Infinity);
  const base = Number.isFinite(first) ? first : 1;
  return sorted.map((schema, index) => {
    const before = currentAt(sorted.slice(0, index), schema.firstSeenMs);
    // The one before the oldest is gone, and what it said with it.
    const kept = base > 1 ? schema.changes : [];
    const changes = before === null
      ? kept
      : schemaChanges(before.columns, schema.columns).slice(0, changesMax);
    return { ...schema, version: base + index, changes };
  }).slice(-versionsMax);
}

export function isKnownSchema(
  known: readonly KnownSchema[],
  columns: readonly SchemaColumn[],
): boolean {
  return known.some((schema) => isSame(schema.columns, columns));
}

/** The schema of the file that was written last; null where none is known. */
export function currentSchema(known: readonly KnownSchema[]): KnownSchema | null {
  return currentAt(known, Infinity);
}

function currentAt(known: readonly KnownSchema[], atMs: number): KnownSchema | null {
  const seenMs = (schema: KnownSchema) => Math.min(schema.lastSeenMs, atMs);
  return known.reduce<KnownSchema | null>(
    (best, each) => best === null || seenMs(each) >= seenMs(best) ? each : best,
    null,
  );
}

function seenAgain(
  schema: KnownSchema,
  { columns, atMs, untilMs = atMs, path }: FoundSchema,
): KnownSchema {
  const isFirst = atMs < schema.firstSeenMs || atMs === schema.firstSeenMs && path < schema.from;
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  return {
    ...schema,
    firstSeenMs: Math.min(schema.firstSeenMs, atMs),
    lastSeenMs: Math.max(schema.lastSeenMs, untilMs),
    from: isFirst ? path : schema.from,
    columns: schema.columns.map((column) =>
      column.type === UNTOLD_TYPE ? { ...column, type: types.get(column.name)! } : column
    ),
  };
}

/** The order means nothing, and a type that was not told may be any. */
function isSame(known: readonly SchemaColumn[], found: readonly SchemaColumn[]): boolean {
  if (known.length !== found.length) return false;
  const byName = new Map(found.map((column) => [column.name, column]));
  return known.every(({ name, type, mappedTo, unit }) => {
    const other = byName.get(name);
    return other !== undefined && other.mappedTo === mappedTo && other.unit === unit &&
      (other.type === type || other.type === UNTOLD_TYPE || type === UNTOLD_TYPE);
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
