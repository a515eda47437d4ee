/**
 * The live picture as it was at a moment, made by the code that makes the live one: what the store
 * has of the time before is folded into deltas, and those are applied to a picture of its own while
 * a virtual clock walks to the moment. Opens no alert, sends nothing and writes nothing.
 *
 * Differs from what the page showed then in what the store does not know: when a reading arrived
 * (each counts by its own time, also one that came late, and the rate is that of all layers), and
 * how an alert changed while it was open (`alertAt`). Of a fleet that sends more than
 * LIMITS.pastReadingsMax within two minutes, the time before the newest of them comes from rollups:
 * the edges of minutes are right to 10 s, and power a minute ago is hosts' mean of the minute before.
 */
import { LIMITS } from "../limits.ts";
import type { Board, LiveDelta, RegionSecond } from "../model/live_event.ts";
import { type Clock, REAL_CLOCK } from "../runtime/clock.ts";
import { inSlices, type Steps } from "../runtime/slices.ts";
import { LiveFold } from "../live/fold.ts";
import { Picture } from "../live/picture.ts";
import type { Database } from "../store/database.ts";
import { BUCKET_MS } from "../store/queries/past_rows.ts";
import { MINUTES_MS, type Past, readPast } from "./past_store.ts";

const MINUTE_MS = 60_000;
/** Readings, or hosts, between two places at which the work may be interrupted. */
const STEP = 256;

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
