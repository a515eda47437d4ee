/** Every rollup row with names for keys and bins summed, as text: equal means equal to the bit. */
import type { Database } from "../../src/store/database.ts";

export async function rollupRows(database: Database): Promise<string[]> {
  const rows = await database.query<{ row: string }>(
    `select (to_jsonb(r) - 'temp_bins' - 'region_key' - 'host_key')::text || ' ' || g.region ||
      ' ' || coalesce(h.host_id, '') || ' ' || rackwatch.compact_bins(temp_bins)::text as row
    from rackwatch.rollups r join rackwatch.regions g using (region_key)
    left join rackwatch.hosts h on h.host_key = r.host_key order by 1`,
  );
  return rows.map(({ row }) => row);
}
