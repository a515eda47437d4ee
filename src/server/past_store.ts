/**
 * What the store has of a moment of the past, for the picture of it: the readings of the minutes
 * before, and of hosts that are silent in these what they measured the last time before.
 */
import { LIMITS } from "../limits.ts";
import { BOARD_READINGS } from "../live/board.ts";
import { LatestMetrics } from "../live/latest_metrics.ts";
import type { Alert } from "../model/alert.ts";
import type { HostNow, RegionSecond } from "../model/live_event.ts";
import { FLAG_FUTURE, type Metric, METRICS, type Reading } from "../model/reading.ts";
import type { Clock } from "../runtime/clock.ts";
import { inSlices, type Steps } from "../runtime/slices.ts";
import type { Database } from "../store/database.ts";
import { openAlertsAt } from "../store/queries/past_alerts.ts";
import {
  type KnownHost,
  knownHosts,
  newestBuckets,
  powerOfMinute,
  valuesBefore,
} from "../store/queries/past_hosts.ts";
import { newestBefore, type WantedHost } from "../store/queries/past_newest.ts";
import {
  type KnownNames,
  type PastReadings,
  queryPastReadings,
} from "../store/queries/past_readings.ts";
import { BUCKET_MS, countRowsBefore, regionBuckets } from "../store/queries/past_rows.ts";

const MINUTE_MS = 60_000;
/** The two minutes that a board compares. */
export const MINUTES_MS = 2 * MINUTE_MS;
/** Power "a minute ago" may be of so much earlier. */
const POWER_SLACK_MS = 10_000;
/** Whoever was fresh at that time has readings since: the picture begins there. */
const NEAR_MS = MINUTES_MS + POWER_SLACK_MS;
/** Readings, or hosts, between two places at which the work may be interrupted. */
const STEP = 256;
/** Chunks that are opened may hold so many times the readings that are read at most. */
const OPENED_RATIO = 2;
/** Readings read anew where the two minutes hold fewer than a board lists. */
const LISTED_LIMIT = 1_000;

export interface Past {
  /** All that is told of the time before is `rowsByRegion` and `hosts`. */
  readonly fromMs: number;
  readonly rowsByRegion: Readonly<Record<string, number>>;
  /** As they were when the readings begin. */
  readonly hosts: readonly HostNow[];
  readonly openAlerts: readonly Alert[];
  /** From `fromMs` on, until the readings begin. */
  readonly buckets: readonly RegionSecond[];
  readonly powerBefore: readonly HostNow[];
  readonly readings: readonly Reading[];
}

export interface PastBounds {
  /** Read at most: the newest. */
  readonly readingsMax: number;
  /** By which the work is cut into slices. */
  readonly clock: Clock;
}

export async function readPast(
  database: Database,
  atMs: number,
  { readingsMax, clock }: PastBounds,
): Promise<Past> {
  const nearMs = downTo(atMs - NEAR_MS, BUCKET_MS);
  const asked = knownHosts(database, LIMITS.hostsMax);
  const [{ sinceMs, readings }, known, openAlerts, rowsBeforeNear] = await Promise.all([
    lastReadings(database, { nearMs, atMs, readingsMax }, asked.then(namesOf)),
    asked,
    openAlertsAt(database, atMs, LIMITS.alertsOpenMax),
    countRowsBefore(database, nearMs),
  ]);
  const seen = await inSlices(seenIn(readings), clock);
  const fromMs = Math.min(sinceMs, nearMs);
  const limit = readingsMax - readings.length, openedMax = OPENED_RATIO * readingsMax;
  const [rowsByRegion, buckets, power, hosts] = await Promise.all([
    fromMs === nearMs ? rowsBeforeNear : countRowsBefore(database, fromMs),
    fromMs < sinceMs ? regionBuckets(database, fromMs, downTo(sinceMs, BUCKET_MS)) : [],
    sinceMs <= atMs - MINUTE_MS
      ? []
      : powerOfMinute(database, downTo(atMs - MINUTE_MS, MINUTE_MS) - MINUTE_MS),
    hostsBefore(database, { sinceMs, atMs, limit, openedMax, clock }, known, seen),
  ]);
  return {
    fromMs,
    rowsByRegion,
    hosts,
    openAlerts,
    buckets,
    powerBefore: power.filter((host) => seen.has(nameOf(host))),
    readings,
  };
}

/**
 * Those of the two minutes that a board compares, and as many more as it lists. Fewer of a fleet that
 * sends more than `readingsMax` in that time.
 */
async function lastReadings(
  database: Database,
  { nearMs, atMs, readingsMax }: {
    readonly nearMs: number;
    readonly atMs: number;
    readonly readingsMax: number;
  },
  known: Promise<KnownNames>,
): Promise<PastReadings> {
  const query = { toMs: atMs + 1, limit: readingsMax, openedMax: OPENED_RATIO * readingsMax };
  const near = await queryPastReadings(database, { ...query, fromMs: nearMs }, known);
  const listed = near.readings.filter(({ flags }) => (flags & FLAG_FUTURE) === 0).length;
  if (near.sinceMs > nearMs || listed >= BOARD_READINGS) return atWholeBuckets(near, atMs);
  const fromMs = downTo(atMs - LIMITS.pastLookbackMs, BUCKET_MS);
  const limit = Math.min(readingsMax, near.readings.length + LISTED_LIMIT);
  return atWholeBuckets(
    await queryPastReadings(database, { ...query, fromMs, limit }, known),
    atMs,
  );
}

function namesOf(known: readonly KnownHost[]): KnownNames {
  return {
    hostsTable: known[0]?.hosts_table ?? null,
    names: new Map(known.map((host) => [host.host_key, host])),
  };
}

interface Before {
  readonly sinceMs: number;
  readonly atMs: number;
  /** Of readings that are looked through, as in PastQuery. */
  readonly limit: number;
  readonly openedMax: number;
  readonly clock: Clock;
}

/** What hosts had measured before the readings, of metrics that these do not tell of. */
async function hostsBefore(
  database: Database,
  { sinceMs, atMs, clock, ...bounds }: Before,
  known: readonly KnownHost[],
  seen: ReadonlyMap<string, Seen>,
): Promise<HostNow[]> {
  const wanted = await inSlices(missingOf(known, { sinceMs, atMs }, seen), clock);
  const fromMs = downTo(atMs - LIMITS.pastLookbackMs, BUCKET_MS);
  const before = await newestBefore(database, { ...bounds, fromMs, toMs: sinceMs }, wanted);
  const newest = await inSlices(newestOf(before.readings), clock);
  const absent = wanted.filter((host) => !seen.has(nameOf(host)) && !newest.has(nameOf(host)));
  const keys = absent.map(({ host_key }) => host_key);
  const buckets = await newestBuckets(database, { atMs, beforeMs: before.sinceMs }, keys);
  const still = known.flatMap((host) => valuesBefore(host, sinceMs) ?? []);
  return [...still, ...[...newest.values()].map((one) => one.toHostNow()), ...buckets];
}

/**
 * Hosts with metrics whose newest value by now is not older than the readings, nor known from them:
 * of power that is by a minute ago, where the host was heard of by then.
 */
function* missingOf(
  known: readonly KnownHost[],
  { sinceMs, atMs }: Pick<Before, "sinceMs" | "atMs">,
  seen: ReadonlyMap<string, Seen>,
): Steps<WantedHost[]> {
  const wanted: WantedHost[] = [];
  for (const [index, host] of known.entries()) {
    if (index % STEP === 0) yield;
    if (host.newest_ms < sinceMs) continue;
    const own = seen.get(nameOf(host));
    const metrics = METRICS.filter((metric) =>
      (host[`${metric}_ms`] ?? -Infinity) >= sinceMs &&
      (own?.metrics.has(metric) !== true || metric === "power_watts" && lacksPower(own, atMs))
    );
    if (metrics.length > 0 || own === undefined) wanted.push({ ...host, metrics });
  }
  return wanted;
}

function lacksPower({ firstMs, firstPowerMs }: Seen, atMs: number): boolean {
  return firstMs <= atMs - MINUTE_MS && firstPowerMs > atMs - MINUTE_MS - POWER_SLACK_MS;
}

function* newestOf(readings: readonly Reading[]): Steps<Map<string, LatestMetrics>> {
  const hosts = new Map<string, LatestMetrics>();
  for (const [index, reading] of readings.entries()) {
    if (index % STEP === 0) yield;
    const name = nameOf(reading);
    let host = hosts.get(name);
    if (host === undefined) {
      host = new LatestMetrics(reading.region, reading.host_id);
      hosts.set(name, host);
    }
    host.merge(reading);
  }
  return hosts;
}

/** Of one host, among the readings: what it measured, and since when. */
interface Seen {
  readonly metrics: Set<Metric>;
  readonly firstMs: number;
  firstPowerMs: number;
}

/** Those from the future show nowhere. @param readings Oldest first. */
function* seenIn(readings: readonly Reading[]): Steps<Map<string, Seen>> {
  const seen = new Map<string, Seen>();
  for (const [index, reading] of readings.entries()) {
    if (index % STEP === 0) yield;
    if ((reading.flags & FLAG_FUTURE) !== 0) continue;
    const name = nameOf(reading), { atMs } = reading;
    let own = seen.get(name);
    if (own === undefined) {
      seen.set(name, own = { metrics: new Set(), firstMs: atMs, firstPowerMs: Infinity });
    }
    for (const metric of METRICS) if (reading[metric] !== null) own.metrics.add(metric);
    if (reading.power_watts !== null) own.firstPowerMs = Math.min(own.firstPowerMs, atMs);
  }
  return seen;
}

function nameOf({ region, host_id }: { readonly region: string; readonly host_id: string }) {
  return `${region}\0${host_id}`;
}

/** Readings from a bucket's begin on, where that leaves some: the buckets before hold the others. */
function atWholeBuckets({ sinceMs, readings }: PastReadings, atMs: number): PastReadings {
  const wholeMs = Math.ceil(sinceMs / BUCKET_MS) * BUCKET_MS;
  if (wholeMs === sinceMs || wholeMs > atMs) return { sinceMs, readings };
  return { sinceMs: wholeMs, readings: readings.filter((each) => each.atMs >= wholeMs) };
}

function downTo(atMs: number, stepMs: number): number {
  return Math.floor(atMs / stepMs) * stepMs;
}
