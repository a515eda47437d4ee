/** What the live picture starts from: the store's newest, before the first line comes in. */
import { LIMITS } from "../../limits.ts";
import type { Alert } from "../../model/alert.ts";
import type { HostNow } from "../../model/live_event.ts";
import type { FlaggedReadingJson } from "../../model/reading.ts";
import type { Database } from "../database.ts";
import { forMetrics } from "../metric_columns.ts";
import { loadOpenAlerts } from "./alerts.ts";
import { queryReadings } from "./readings.ts";
import { countRowsByRegion } from "./regions.ts";

export interface LiveSeed {
  readonly hosts: readonly HostNow[];
  /** The newest first. */
  readonly newest: readonly FlaggedReadingJson[];
  readonly openAlerts: readonly Alert[];
  readonly rowsByRegion: Readonly<Record<string, number>>;
}

/** At most `hostsMax` hosts, by name; the rest appear with their next reading. */
export async function queryLiveSeed(
  database: Database,
  hostsMax: number = LIMITS.liveHostsPerDeltaMax,
): Promise<LiveSeed> {
  return {
    hosts: await newestByHost(database, hostsMax),
    newest: await newestReadings(database, LIMITS.liveReadingsMax),
    openAlerts: await loadOpenAlerts(database),
    rowsByRegion: await countRowsByRegion(database),
  };
}

async function newestByHost(database: Database, hostsMax: number): Promise<HostNow[]> {
  const rows = await database.query<HostNow & { newest_ms: number } & Record<string, unknown>>(
    `select g.region, h.host_id, l.newest_ms, ${forMetrics((one) => `l.${one}`)}
    from rackwatch.latest l
    join rackwatch.hosts h on h.host_key = l.host_key
    join rackwatch.regions g on g.region_key = h.region_key
    order by h.host_key limit $1::int`,
    [hostsMax],
  );
  return rows.map(({ newest_ms, ...rest }) => ({ ...rest, atMs: newest_ms }));
}

/** The newest readings that were not in the future when they came, the newest first. */
export async function newestReadings(
  database: Database,
  limit: number,
): Promise<readonly FlaggedReadingJson[]> {
  const newest: FlaggedReadingJson[] = [];
  for await (const page of queryReadings(database, { ...EVERYTHING, limit })) newest.push(...page);
  return newest;
}

const EVERYTHING = {
  region: null,
  hostId: null,
  fromMs: null,
  toMs: null,
  order: "desc",
  leavesOutFuture: true,
  withFlags: true,
} as const;
