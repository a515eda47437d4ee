/** What the live picture starts from: the store's newest, before the first line comes in. */
import { LIMITS } from "../../limits.ts";
import type { Alert } from "../../model/alert.ts";
import type { HostNow } from "../../model/live_event.ts";
import { FLAG_FUTURE, isoUtc, type ReadingJson } from "../../model/reading.ts";
import type { Database } from "../database.ts";
import { loadOpenAlerts } from "./alerts.ts";
import { newestOf } from "./newest_values.ts";
import { countRowsByRegion } from "./regions.ts";

export interface LiveSeed {
  readonly hosts: readonly HostNow[];
  /** The newest first. */
  readonly newest: readonly ReadingJson[];
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
  const rows = await database.query<HostNow & { newest_at: number } & Record<string, unknown>>(
    `select g.region, h.host_id, newest.*
    from rackwatch.hosts h
    join rackwatch.regions g on g.region_key = h.region_key
    cross join ${newestOf("h.host_key")} as newest
    where newest.newest_at is not null
    order by h.host_key limit $1::int`,
    [hostsMax],
  );
  return rows.map(({ newest_at, ...rest }) => ({ ...rest, atMs: newest_at }));
}

/** The newest readings that were not in the future when they came, the newest first. */
export async function newestReadings(database: Database, limit: number): Promise<ReadingJson[]> {
  const rows = await database.query<
    Omit<ReadingJson, "timestamp"> & { at: number } & Record<string, unknown>
  >(
    `select h.host_id, g.region, r.at, r.temp_c, r.cpu_load, r.voltage, r.power_watts
    from (
      select * from rackwatch.readings where flags & ${FLAG_FUTURE} <> ${FLAG_FUTURE}
      order by at desc limit $1::int
    ) as r
    join rackwatch.hosts h on h.host_key = r.host_key
    join rackwatch.regions g on g.region_key = h.region_key
    order by r.at desc`,
    [limit],
  );
  return rows.map(({ host_id, region, at, temp_c, cpu_load, voltage, power_watts }) => ({
    host_id,
    region,
    timestamp: isoUtc(at),
    temp_c,
    cpu_load,
    voltage,
    power_watts,
  }));
}
