/**
 * The schemas of sources over time in the hot store. Writing is idempotent: a schema that is known
 * only moves its times (`model/schema_registry.ts`). Versions and their changes are bounded there.
 *
 * Two that write of the same source at once may each miss the other's finding, or be refused by the
 * primary key: the next file of it puts the numbers right.
 */
import { LIMITS } from "../limits.ts";
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
): Promise<RecordedSchema> {
  const known = await knownSchemas(database, source);
  const atMs = Math.trunc(found.atMs);
  const next = withFound(known, { ...found, atMs }, BOUNDS);
  if (textOf(next) !== textOf(known)) await write(database, source, next);
  const current = currentSchema(next)!;
  const isMade = !isKnownSchema(known, found.columns) && current.from === found.path &&
    current.firstSeenMs === atMs;
  return { version: current.version, changes: isMade ? current.changes : [] };
}

/** In the order of their versions. */
export async function knownSchemas(database: Database, source: string): Promise<KnownSchema[]> {
  const rows = await database.query<
    { version: number; first_seen: number; last_seen: number; seen_in: string } & Texts
  >(
    `select version, first_seen, last_seen, seen_in, columns::text as columns_text,
      changes::text as changes_text
    from rackwatch.source_schemas where source = $1::text order by version`,
    [source],
  );
  return rows.map(({ version, first_seen, last_seen, seen_in, columns_text, changes_text }) => ({
    version,
    firstSeenMs: first_seen,
    from: seen_in,
    columns: (JSON.parse(columns_text) as SchemaColumn[]).map(columnOf),
    lastSeenMs: last_seen,
    changes: JSON.parse(changes_text) as SchemaChange[],
  }));
}

type Texts = { readonly columns_text: string; readonly changes_text: string };

/** All of the source's at once: they are few, and a finding may change the numbers of several. */
async function write(
  database: Database,
  source: string,
  schemas: readonly KnownSchema[],
): Promise<void> {
  const rows = schemas.map((schema) => ({ ...schema, digest: digestOf(schema) }));
  await database.transact([
    { text: "delete from rackwatch.source_schemas where source = $1::text", values: [source] },
    {
      text: `insert into rackwatch.source_schemas
          (source, version, digest, columns, changes, first_seen, last_seen, seen_in)
        select $1::text, version, digest, columns, changes, to_timestamp("firstSeenMs" / 1000),
          to_timestamp("lastSeenMs" / 1000), "from"
        from jsonb_to_recordset($2::text::jsonb) as found(version int, digest text, columns jsonb,
          changes jsonb, "firstSeenMs" float8, "lastSeenMs" float8, "from" text)`,
      values: [source, JSON.stringify(rows)],
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
