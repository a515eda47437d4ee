/** Every host in a few columns, as a grid of ten thousand cells wants them: now, or at a moment. */
import { LIMITS } from "../limits.ts";
import { isoUtc } from "../model/iso_time.ts";
import type { HostState } from "../model/live_event.ts";
import type { Metric } from "../model/reading.ts";
import type { Database } from "../store/database.ts";
import { queryLatestHosts } from "../store/queries/latest_hosts.ts";
import { inSlices, type Steps } from "../runtime/slices.ts";
import { pastPicture } from "./past_picture.ts";

/** Lists of a region are of equal length, by host name. */
export interface RegionGridJson {
  readonly region: string;
  readonly hosts: readonly string[];
  /** The newest of each; null where it was never measured. */
  readonly values: readonly (number | null)[];
  /** Of the newest reading, in whole seconds. */
  readonly ages_s: readonly number[];
  readonly states: readonly HostState[];
}

export interface HostGridJson {
  /** ISO UTC. */
  readonly at: string;
  readonly metric: Metric;
  /** By name. At most LIMITS.hostsMax hosts in all. */
  readonly regions: readonly RegionGridJson[];
}

interface Cell {
  readonly region: string;
  readonly hostId: string;
  readonly value: number | null;
  readonly newestMs: number;
  readonly state: HostState;
}

export async function gridNow(
  database: Database,
  metric: Metric,
  nowMs: number,
): Promise<HostGridJson> {
  const hosts = await queryLatestHosts(database, metric, LIMITS.hostsMax);
  const cells = hosts.map((host): Cell => ({
    region: host.region,
    hostId: host.host_id,
    value: host.value,
    newestMs: host.newest_ms,
    state: nowMs - host.newest_ms > LIMITS.staleAfterMs ? "stale" : host.severity ?? "ok",
  }));
  return await inSlices(gridOf(cells, metric, nowMs));
}

export async function gridAt(
  database: Database,
  metric: Metric,
  atMs: number,
): Promise<HostGridJson> {
  const picture = await pastPicture(database, atMs);
  const cells = Array.from(picture.hosts(atMs), (host): Cell => ({
    region: host.region,
    hostId: host.hostId,
    value: host[metric],
    newestMs: host.atMs,
    state: host.state,
  }));
  return await inSlices(gridOf(cells, metric, atMs));
}

/** By region, so that no region's hosts keep the thread for longer than they must. */
function* gridOf(cells: readonly Cell[], metric: Metric, atMs: number): Steps<HostGridJson> {
  const byRegion = Map.groupBy(cells, ({ region }) => region);
  const regions: RegionGridJson[] = [];
  for (const [region, unsorted] of [...byRegion].sort(([a], [b]) => a < b ? -1 : 1)) {
    yield;
    const sorted = unsorted.sort((a, b) => a.hostId < b.hostId ? -1 : 1);
    yield;
    regions.push({
      region,
      hosts: sorted.map(({ hostId }) => hostId),
      values: sorted.map(({ value }) => value),
      ages_s: sorted.map(({ newestMs }) => Math.max(0, Math.floor((atMs - newestMs) / 1000))),
      states: sorted.map(({ state }) => state),
    });
  }
  return { at: isoUtc(atMs), metric, regions };
}
