/** Empties the hot store, for `rebuild`: everything in it can be derived again from the archive. */
import type { Database } from "./database.ts";

/** Forgets all rows and all checkpoints, keeps the schema. Writers made before must not be used. */
export async function emptyStore(database: Database): Promise<void> {
  await database.transact([{
    text:
      `truncate rackwatch.chunks, rackwatch.chunks_staged, rackwatch.latest, rackwatch.dead_letters,
      rackwatch.dead_letters_staged, rackwatch.dead_letter_counts, rackwatch.alerts,
      rackwatch.alerts_staged, rackwatch.rollups, rackwatch.late_readings, rackwatch.checkpoints,
      rackwatch.reconciliations, rackwatch.origins,
      rackwatch.hosts, rackwatch.regions, rackwatch.source_schemas`,
  }]);
}
