/**
 * The live picture as it was at a moment, made by the code that makes the live one: what the store
 * has of the time before is folded into deltas, and those are applied to a picture of its own while
 * a virtual clock walks to the moment. Opens no alert, sends nothing and writes nothing.
 *
 * Differs from what the page showed then in what the store does not know: when a reading arrived
 * (each counts by its own time, also one that came late, and the rate is that of all layers), and
 * how an alert changed while it was open (`alertAt`). Of a fleet that sends more than
 * LIMITS.pastReadingsMax within the lookback, the time before the newest of them comes from rollups:
 * the edges of minutes are right to 10 s, and power a minute ago is hosts' mean of the minute before.
 */
import { LIMITS } from "../limits.ts";
import type { Board, HostNow, LiveDelta, RegionSecond } from "../model/live_event.ts";
import type { Reading } from "../model/reading.ts";
import { type Clock, REAL_CLOCK } from "../runtime/clock.ts";
import { inSlices, type Steps } from "../runtime/slices.ts";
import { LiveFold } from "../live/fold.ts";
import { Picture } from "../live/picture.ts";
import type { Database } from "../store/database.ts";
import { openAlertsAt } from "../store/queries/past_alerts.ts";
import { absentAt, powerOfMinute, silentSince } from "../store/queries/past_hosts.ts";
import { type PastReadings, queryPastReadings } from "../store/queries/past_readings.ts";
import { BUCKET_MS, countRowsBefore, regionBuckets } from "../store/queries/past_rows.ts";

const MINUTE_MS = 60_000;
/** Readings, or hosts, between two places at which the work may be interrupted. */
const STEP = 256;
/** The two minutes that a board compares. */
const MINUTES_MS = 2 * MINUTE_MS;

export interface PastOptions {
  /** Default LIMITS.pastReadingsMax. */
  readonly readingsMax?: number;
  /** By which the work is cut into slices; the real one unless given. */
  readonly clock?: Clock;
}

export async function pastBoard(
  database: Database,
  atMs: number,
  options: PastOptions = {},
): Promise<Board> {
  return (await pastPicture(database, atMs, options)).board(atMs, atMs);
}

/** Ask it at `atMs`, on both clocks. */
export async function pastPicture(
  database: Database,
  atMs: number,
  { readingsMax = LIMITS.pastReadingsMax, clock = REAL_CLOCK }: PastOptions = {},
): Promise<Picture> {
  const past = await readPast(database, atMs, { readingsMax, clock });
  return await inSlices(pictureOf(past, atMs), clock);
}

function* pictureOf(past: Past, atMs: number): Steps<Picture> {
  const { fromMs, rowsByRegion, hosts, openAlerts } = past;
  const picture = new Picture(fromMs);
  picture.store({ rowsByRegion, openAlerts }, fromMs);
  for (let from = 0; from < hosts.length; from += STEP) {
    picture.store({ hosts: hosts.slice(from, from + STEP) }, fromMs);
    yield;
  }
  yield* walk(picture, past, atMs);
  return picture;
}

interface Past {
  /** All that is told of the time before is `rowsByRegion` and `hosts`. */
  readonly fromMs: number;
  readonly rowsByRegion: Readonly<Record<string, number>>;
  /** Those without readings. */
  readonly hosts: readonly HostNow[];
  readonly openAlerts: Awaited<ReturnType<typeof openAlertsAt>>;
  /** From `fromMs` on, until the readings begin. */
  readonly buckets: readonly RegionSecond[];
  readonly powerBefore: readonly HostNow[];
  readonly readings: readonly Reading[];
}

async function readPast(
  database: Database,
  atMs: number,
  { readingsMax, clock }: Required<PastOptions>,
): Promise<Past> {
  const lookbackMs = downTo(atMs - LIMITS.pastLookbackMs, BUCKET_MS);
  const query = { fromMs: lookbackMs, toMs: atMs + 1, limit: readingsMax };
  const found = await queryPastReadings(database, query);
  const { sinceMs, readings } = atWholeBuckets(found, atMs);
  const isWhole = sinceMs === lookbackMs;
  const fromMs = isWhole ? sinceMs : Math.min(sinceMs, downTo(atMs - MINUTES_MS, BUCKET_MS));
  const bucketsToMs = downTo(sinceMs, BUCKET_MS);
  const hosts = await inSlices(hostsOf(readings), clock);
  const present = (region: string, hostId: string) => hosts.has(`${region}\0${hostId}`);
  const limit = LIMITS.hostsMax;
  const [rowsByRegion, silent, absent, openAlerts, buckets, power] = await Promise.all([
    countRowsBefore(database, fromMs),
    silentSince(database, sinceMs, limit),
    absentAt(database, { sinceMs, atMs, limit }, present),
    openAlertsAt(database, atMs, LIMITS.alertsOpenMax),
    isWhole ? [] : regionBuckets(database, fromMs, bucketsToMs),
    sinceMs <= atMs - MINUTES_MS
      ? []
      : powerOfMinute(database, downTo(atMs - MINUTE_MS, MINUTE_MS) - MINUTE_MS),
  ]);
  return {
    fromMs,
    rowsByRegion,
    hosts: [...silent, ...absent],
    openAlerts,
    buckets,
    powerBefore: power.filter((host) => present(host.region, host.host_id)),
    readings,
  };
}

function* hostsOf(readings: readonly Reading[]): Steps<ReadonlySet<string>> {
  const hosts = new Set<string>();
  for (const [index, { region, host_id }] of readings.entries()) {
    if (index % STEP === 0) yield;
    hosts.add(`${region}\0${host_id}`);
  }
  return hosts;
}

/** Readings from a bucket's begin on, where that leaves some: the buckets before hold the others. */
function atWholeBuckets({ sinceMs, readings }: PastReadings, atMs: number): PastReadings {
  const wholeMs = Math.ceil(sinceMs / BUCKET_MS) * BUCKET_MS;
  if (wholeMs === sinceMs || wholeMs > atMs) return { sinceMs, readings };
  return { sinceMs: wholeMs, readings: readings.filter((each) => each.atMs >= wholeMs) };
}

/**
 * The clock's steps up to `atMs`: small enough that no delta reaches a limit, and in the last ten
 * seconds those of the rate.
 */
function* steps(atMs: number): Generator<number> {
  for (let agoMs = MINUTES_MS; agoMs > 10_000; agoMs -= 10_000) yield atMs - agoMs;
  for (let agoMs = 10_000; agoMs >= 0; agoMs -= 1_000) yield atMs - agoMs;
}

function* walk(picture: Picture, past: Past, atMs: number): Steps<void> {
  const fold = new LiveFold(past.fromMs);
  let next = 0, beforeMs = -Infinity;
  for (const nowMs of steps(atMs)) {
    if (nowMs === atMs - MINUTE_MS) picture.store({ hosts: past.powerBefore }, nowMs);
    const arrived = arrivals(past.buckets, beforeMs, nowMs);
    if (arrived !== null) picture.apply(arrived, nowMs, nowMs);
    yield;
    // Its window begins where the clock is.
    fold.take(nowMs);
    for (; next < past.readings.length && past.readings[next]!.atMs <= nowMs; next++) {
      if (next % STEP === 0) yield;
      fold.add(past.readings[next]!);
    }
    for (let delta = fold.take(nowMs); delta !== null; delta = fold.take(nowMs)) {
      yield;
      picture.apply(delta, nowMs, nowMs);
      yield;
    }
    beforeMs = nowMs;
  }
}

/** Buckets as a delta: each in the second in which it begins, its readings spread over its time. */
function arrivals(
  buckets: readonly RegionSecond[],
  beforeMs: number,
  nowMs: number,
): LiveDelta | null {
  const passed = (bucket: RegionSecond, untilMs: number) => {
    const share = Math.min(1, Math.max(0, (untilMs - bucket.atMs) / BUCKET_MS));
    return Math.round(share * bucket.readings);
  };
  const regions = buckets.map((bucket) => ({
    region: bucket.region,
    readings: passed(bucket, nowMs) - passed(bucket, beforeMs),
    newestMs: null,
  })).filter(({ readings }) => readings > 0);
  const seconds = buckets.filter(({ atMs }) => atMs > beforeMs && atMs <= nowMs);
  if (regions.length === 0 && seconds.length === 0) return null;
  return {
    atMs: nowMs,
    readings: regions.reduce((sum, { readings }) => sum + readings, 0),
    regions,
    seconds,
    hosts: [],
    hostsOmitted: 0,
    newest: [],
    alerts: [],
  };
}

function downTo(atMs: number, stepMs: number): number {
  return Math.floor(atMs / stepMs) * stepMs;
}
