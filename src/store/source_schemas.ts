/**
 * The schemas of sources over time in the hot store. Writing is idempotent: a schema that is known
 * only moves its times (`model/schema_registry.ts`). Versions and their changes are bounded there.
 *
 * Two that write of the same source at once may each miss the other's finding, or be refused by the
 * primary key: the next file of it puts the numbers right.
 */
import { LIMITS } from "../limits.ts";
import type { Layer } from "../model/origin.ts";
import type { SchemaChange, SchemaColumn } from "../model/schema.ts";
import {
  currentSchema,
  type FoundSchema,
  isKnownSchema,
  type KnownSchema,
  withFound,
} from "../model/schema_registry.ts";
import type { Database } from "./database.ts";

export interface RecordedSchema {
  /** The version that is current now. */
  readonly version: number;
  /** What it changed; empty unless this finding made it. */
  readonly changes: readonly SchemaChange[];
}

const BOUNDS = { versionsMax: LIMITS.schemaVersionsMax, changesMax: LIMITS.schemaChangesMax };

export async function recordSchema(
  database: Database,
  source: string,
  found: FoundSchema,
  layer: Layer = "batch",
): Promise<RecordedSchema> {
  const known = await knownSchemas(database, source, layer);
  const atMs = Math.trunc(found.atMs);
  const next = withFound(known, { ...found, atMs }, BOUNDS);
  if (textOf(next) !== textOf(known)) await write(database, { source, layer }, next);
  const current = currentSchema(next)!;
  const isMade = !isKnownSchema(known, found.columns) && current.from === found.path &&
    current.firstSeenMs === atMs;
  return { version: current.version, changes: isMade ? current.changes : [] };
}

/** In the order of their versions. */
export async function knownSchemas(
  database: Database,
  source: string,
  layer: Layer = "batch",
): Promise<KnownSchema[]> {
  const rows = await database.query<SchemaRow>(
    `${ROWS} where source = $1::text and layer = $2::text order by version`,
    [source, layer],
  );
  return rows.map(schemaOf);
}

/** Those of live sources, by source. */
export async function knownLiveSchemas(
  database: Database,
): Promise<ReadonlyMap<string, KnownSchema[]>> {
  const rows = await database.query<SchemaRow>(`${ROWS} where layer = 'speed' order by version`);
  const bySource = Map.groupBy(rows, ({ source }) => source);
  return new Map([...bySource].map(([source, found]) => [source, found.map(schemaOf)]));
}

type SchemaRow = {
  readonly source: string;
  readonly version: number;
  readonly first_seen: number;
  readonly last_seen: number;
  readonly seen_in: string;
  readonly columns_text: string;
  readonly changes_text: string;
};

const ROWS = `select source, version, first_seen, last_seen, seen_in,
    columns::text as columns_text, changes::text as changes_text
  from rackwatch.source_schemas`;

function schemaOf(row: SchemaRow): KnownSchema {
  return {
    version: row.version,
    firstSeenMs: row.first_seen,
    from: row.seen_in,
    columns: (JSON.parse(row.columns_text) as SchemaColumn[]).map(columnOf),
    lastSeenMs: row.last_seen,
    changes: JSON.parse(row.changes_text) as SchemaChange[],
  };
}

/** All of the source's at once: they are few, and a finding may change the numbers of several. */
async function write(
  database: Database,
  { source, layer }: { readonly source: string; readonly layer: Layer },
  schemas: readonly KnownSchema[],
): Promise<void> {
  const rows = schemas.map((schema) => ({ ...schema, digest: digestOf(schema) }));
  await database.transact([
    {
      text: "delete from rackwatch.source_schemas where source = $1::text and layer = $2::text",
      values: [source, layer],
    },
    {
      text: `insert into rackwatch.source_schemas
          (source, layer, version, digest, columns, changes, first_seen, last_seen, seen_in)
        select $1::text, $3::text, version, digest, columns, changes, to_timestamp("firstSeenMs" / 1000),
          to_timestamp("lastSeenMs" / 1000), "from"
        from jsonb_to_recordset($2::text::jsonb) as found(version int, digest text, columns jsonb,
          changes jsonb, "firstSeenMs" float8, "lastSeenMs" float8, "from" text)`,
      values: [source, JSON.stringify(rows), layer],
    },
  ]);
}

/** But for the changes, which follow from the rest. */
function textOf(schemas: readonly KnownSchema[]): string {
  return JSON.stringify(
    schemas.map((
      { version, firstSeenMs, lastSeenMs, from, columns },
    ) => [version, firstSeenMs, lastSeenMs, from, columns]),
  );
}

/** jsonb keeps no order of keys. */
function columnOf({ name, type, mappedTo, unit }: SchemaColumn): SchemaColumn {
  return { name, type, mappedTo, unit };
}

function digestOf({ columns }: Pick<KnownSchema, "columns">): string {
  const text = columns.map((column) => JSON.stringify(columnOf(column))).sort().join("\n");
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
