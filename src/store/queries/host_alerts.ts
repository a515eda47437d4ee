/** The alerts of one host, by an index of its own: none is missed for there being many others. */
import type { Database } from "../database.ts";
import { type AlertJson, alertToJson, selectAlerts } from "./alerts.ts";
import { alertAt } from "./past_alerts.ts";

export interface HostAlertsQuery {
  readonly hostId: string;
  /** Null: of each region that has a host of that name. */
  readonly region: string | null;
  /** As they were then; null: now. */
  readonly atMs: number | null;
  readonly limit: number;
}

/** The newest first. */
export async function queryHostAlerts(
  database: Database,
  { hostId, region, atMs, limit }: HostAlertsQuery,
): Promise<AlertJson[]> {
  const alerts = await selectAlerts(
    database,
    `where host_id = $1::text and ($2::text is null or region = $2::text)
      and ($3::float8 is null or opened_at <= to_timestamp($3::float8 / 1000))
    order by opened_at desc, alert_id limit $4::int`,
    [hostId, region, atMs, limit],
  );
  return alerts.map((alert) => alertToJson(atMs === null ? alert : alertAt(alert, atMs)));
}
