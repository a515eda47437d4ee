/** Every host's newest value of one metric, and the worst alert that it has open. */
import type { Severity } from "../../model/alert.ts";
import type { Metric } from "../../model/reading.ts";
import type { Database } from "../database.ts";

export type LatestHost = {
  readonly region: string;
  readonly host_id: string;
  readonly value: number | null;
  /** Of the newest reading of any metric, epoch ms. */
  readonly newest_ms: number;
  readonly severity: Severity | null;
};

/**
 * In no order; at most `limit`. Alerts are grouped once, not looked up host by host; of the severities
 * `critical` comes first by name.
 */
export async function queryLatestHosts(
  database: Database,
  metric: Metric,
  limit: number,
): Promise<LatestHost[]> {
  return await database.query<LatestHost>(
    `select g.region, h.host_id, l.${metric} as value, l.newest_ms, a.severity
    from rackwatch.latest l
    join rackwatch.hosts h on h.host_key = l.host_key
    join rackwatch.regions g on g.region_key = h.region_key
    left join (
      select region, host_id, min(severity) as severity from rackwatch.alerts
      where closed_at is null group by region, host_id
    ) as a on a.region = g.region and a.host_id = h.host_id
    limit $1::int`,
    [limit],
  );
}
