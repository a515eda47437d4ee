/**
 * The schema of a history file goes into the hot store once the file is loaded. What can't be
 * recorded is told in the log and never fails a load: the source's next file tells it again.
 */
import type { Log } from "../../log.ts";
import type { SchemaColumn } from "../../model/schema.ts";
import { schemaWords } from "../../model/schema_words.ts";
import type { Database } from "../../store/database.ts";
import { recordSchema } from "../../store/source_schemas.ts";

export interface FileSchema {
  readonly source: string;
  readonly path: string;
  readonly mtimeMs: number;
  readonly columns: readonly SchemaColumn[];
}

/** Whether it made a new version. */
export async function recordFileSchema(
  schema: FileSchema,
  { database, log }: { readonly database: Database; readonly log: Log },
): Promise<boolean> {
  const { source, path, mtimeMs, columns } = schema;
  try {
    const { version, changes } = await recordSchema(database, source, {
      columns,
      atMs: mtimeMs,
      path,
    });
    if (changes.length === 0) return false;
    log.warn("a source's columns changed", {
      source,
      file: path,
      version,
      changes: schemaWords(changes),
    });
    return true;
  } catch (error) {
    log.warn("a source's columns can't be recorded; its rows are loaded", {
      source,
      file: path,
      reason: error,
    });
    return false;
  }
}
