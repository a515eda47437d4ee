/** The schema that each source has now, and its newest changes. */
import { isoUtc } from "../../model/iso_time.ts";
import { LIMITS } from "../../limits.ts";
import type { Layer } from "../../model/origin.ts";
import type { SchemaChange, SchemaColumn } from "../../model/schema.ts";
import { schemaWords } from "../../model/schema_words.ts";
import type { Database } from "../database.ts";

export interface SchemaColumnJson {
  readonly name: string;
  readonly type: string;
  readonly mapped_to: string | null;
  readonly unit: string | null;
}

export interface SchemaJson {
  readonly version: number;
  /** When the first and the last file with it were written, or such live records came. */
  readonly first_seen: string;
  readonly last_seen: string;
  /** The first of them: a file, or a place in the live archive. */
  readonly seen_in: string;
  readonly columns: readonly SchemaColumnJson[];
}

export type SchemaDifferenceJson =
  | { readonly kind: string; readonly column: SchemaColumnJson }
  | { readonly kind: string; readonly before: SchemaColumnJson; readonly after: SchemaColumnJson };

export interface SchemaChangeJson {
  readonly at: string;
  readonly version: number;
  readonly from: string;
  readonly changes: readonly SchemaDifferenceJson[];
  readonly words: string;
}

export interface SourceSchemas {
  readonly schema: SchemaJson | null;
  /** The newest first. */
  readonly schema_changes: readonly SchemaChangeJson[];
}

export const NO_SCHEMAS: SourceSchemas = { schema: null, schema_changes: [] };

type SchemaRow = {
  layer: Layer;
  source: string;
  version: number;
  first_seen: number;
  last_seen: number;
  seen_in: string;
  columns_text: string | null;
  changes_text: string | null;
};

/** By layer and source. */
export async function querySourceSchemas(
  database: Database,
): Promise<Readonly<Record<Layer, ReadonlyMap<string, SourceSchemas>>>> {
  const rows = await database.query<SchemaRow>(
    `select layer, source, version, first_seen, last_seen, seen_in,
      case when is_current then columns::text end as columns_text,
      case when is_change and nth <= $1::int then changes::text end as changes_text
    from (
      select s.*, changes <> '[]' as is_change,
        row_number() over (partition by source, layer order by last_seen desc, version desc) = 1
          as is_current,
        row_number() over (partition by source, layer, changes <> '[]' order by version desc) as nth
      from rackwatch.source_schemas s
    ) as found
    where is_current or is_change and nth <= $1::int
    order by source, version desc`,
    [LIMITS.schemaChangesShownMax],
  );
  const of = (layer: Layer) => bySource(rows.filter((row) => row.layer === layer));
  return { batch: of("batch"), speed: of("speed") };
}

function bySource(rows: readonly SchemaRow[]): ReadonlyMap<string, SourceSchemas> {
  const found = Map.groupBy(rows, ({ source }) => source);
  return new Map([...found].map(([source, of]) => [source, {
    schema: of.flatMap(schemaOf)[0] ?? null,
    schema_changes: of.flatMap(changeOf),
  }]));
}

function schemaOf(row: SchemaRow): SchemaJson[] {
  if (row.columns_text === null) return [];
  return [{
    version: row.version,
    first_seen: isoUtc(row.first_seen),
    last_seen: isoUtc(row.last_seen),
    seen_in: row.seen_in,
    columns: (JSON.parse(row.columns_text) as SchemaColumn[]).map(columnJson),
  }];
}

function changeOf(row: SchemaRow): SchemaChangeJson[] {
  if (row.changes_text === null) return [];
  const changes = JSON.parse(row.changes_text) as SchemaChange[];
  return [{
    at: isoUtc(row.first_seen),
    version: row.version,
    from: row.seen_in,
    changes: changes.map(differenceJson),
    words: schemaWords(changes),
  }];
}

function differenceJson(change: SchemaChange): SchemaDifferenceJson {
  const { kind } = change;
  return "column" in change
    ? { kind, column: columnJson(change.column) }
    : { kind, before: columnJson(change.before), after: columnJson(change.after) };
}

function columnJson({ name, type, mappedTo, unit }: SchemaColumn): SchemaColumnJson {
  return { name, type, mapped_to: mappedTo, unit };
}
