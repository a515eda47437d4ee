/**
 * How densely readings come, and so into which tiers they go: told by how many of them the buckets
 * of regions and of some hosts get. It decides what questions cost, never what they answer.
 */
import type { Reading } from "../model/reading.ts";
import { FINEST_TIERS, HOST_TIERS_S, REGION_TIERS_S, type Tiers } from "../model/rollup.ts";

/** A bucket that sums up fewer readings costs more than reading them would. */
const READINGS_MIN = 16;
/** Fewer readings say nothing. */
const KNOWN_READINGS_MIN = 1_000;
/** So many say enough. */
const KNOWN_READINGS = 1_000_000;
/** A feed is judged over some minutes, longer where its hosts report seldom. */
const KNOWN_MINUTES_MIN = 11;
const KNOWN_MINUTES = 180;
/** So many within some minutes, as of a large fleet, tell roughly what is known better later. */
const GUESS_READINGS = 50_000;
const GUESS_MINUTES = 3;
/** Buckets of a series that must have been seen to say what they hold. */
const BUCKETS_MIN = 3;
/** Hosts that stand for all; of those with a number, one of so many. */
const HOSTS_MAX = 200;
const ONE_OF = 16;

/** Of a history file, by its first rows. */
export function tiersOf(readings: readonly Reading[]): Tiers {
  if (readings.length < KNOWN_READINGS_MIN) return FINEST_TIERS;
  const density = new Density();
  density.add(readings);
  return density.tiers();
}

/**
 * Of a live feed: as the minutes before were. The first have all, because nothing is known yet; of
 * many hosts that is costly, and a guess comes soon. What is known is looked at anew from the next
 * minute on: a feed that tells it within seconds need not be watched all the time.
 */
export class LiveTiers {
  #density = new Density();
  #tiers: Tiers = FINEST_TIERS;
  #isGuessed = false;
  /** In which it came to be known; NaN before. */
  #knownMinute = NaN;

  /** A batch; gives its tiers. */
  add(readings: readonly Reading[]): Tiers {
    const minute = minuteOf(readings);
    if (minute === this.#knownMinute || minute === null) return this.#tiers;
    this.#density.add(readings);
    const { isKnown } = this.#density;
    if (isKnown || (!this.#isGuessed && this.#density.allowsGuess)) {
      this.#tiers = this.#density.tiers();
      this.#isGuessed = true;
    }
    if (isKnown) {
      this.#density = new Density();
      this.#knownMinute = minute;
    }
    return this.#tiers;
  }
}

class Density {
  readonly #regions = new Map<string, Occupied>();
  readonly #hosts = new Map<string, Occupied>();
  /** By the number of a host: what its readings count for. Without it names are looked up. */
  readonly #bySeries: CountedSeries[] = [];
  readonly #minutes = new Set<number>();
  #readings = 0;

  add(readings: readonly Reading[]): void {
    this.#readings += readings.length;
    for (const reading of readings) {
      const { atMs, series } = reading;
      const counted = series === undefined
        ? this.#countedFor(reading)
        : this.#bySeries[series] ??= this.#countedFor(reading);
      counted.region.add(atMs, REGION_TIERS_S[0]);
      counted.host?.add(atMs, HOST_TIERS_S[0]);
    }
    const minute = minuteOf(readings);
    if (minute !== null) this.#minutes.add(minute);
  }

  #countedFor({ region, host_id, series }: Reading): CountedSeries {
    const isOne = series === undefined || series % ONE_OF === 0;
    return {
      region: occupied(this.#regions, region, Infinity)!,
      // Two hosts of one name in two regions count as one, which is near enough.
      host: isOne ? occupied(this.#hosts, host_id, HOSTS_MAX) : null,
    };
  }

  get isKnown(): boolean {
    const minutes = this.#minutes.size;
    if (this.#readings < KNOWN_READINGS_MIN || minutes < KNOWN_MINUTES_MIN) {
      return this.#readings >= KNOWN_READINGS;
    }
    const ofHosts = [...this.#hosts.values()].reduce((sum, one) => sum + one.readings, 0);
    return minutes >= KNOWN_MINUTES || ofHosts >= READINGS_MIN * this.#hosts.size;
  }

  get allowsGuess(): boolean {
    return this.#readings >= GUESS_READINGS && this.#minutes.size >= GUESS_MINUTES;
  }

  tiers(): Tiers {
    return {
      regionS: finest(REGION_TIERS_S, [...this.#regions.values()]),
      hostS: finest(HOST_TIERS_S, [...this.#hosts.values()]),
    };
  }
}

/** Of the readings' own time; null where there are none. */
function minuteOf(readings: readonly Reading[]): number | null {
  const middle = readings[readings.length >> 1];
  return middle === undefined ? null : Math.floor(middle.atMs / 60_000);
}

interface CountedSeries {
  readonly region: Occupied;
  /** Null where it is none of those that stand for all. */
  readonly host: Occupied | null;
}

/** Readings of one series, and the buckets of its finest tier that they are in. */
class Occupied {
  readings = 0;
  readonly buckets = new Set<number>();
  #last = NaN;

  add(atMs: number, stepS: number): void {
    this.readings++;
    const bucket = Math.floor(atMs / (stepS * 1000));
    if (bucket === this.#last) return;
    this.#last = bucket;
    this.buckets.add(bucket);
  }
}

function occupied(of: Map<string, Occupied>, name: string, namesMax: number): Occupied | null {
  let found = of.get(name);
  if (found === undefined) {
    if (of.size >= namesMax) return null;
    of.set(name, found = new Occupied());
  }
  return found;
}

/** The finest tier whose buckets hold enough; where none does, the coarsest. */
function finest<T extends number>(tiersS: readonly T[], series: readonly Occupied[]): T {
  const readings = series.reduce((sum, one) => sum + one.readings, 0);
  if (readings === 0) return tiersS[0]!;
  // Of a tier of which too little was seen, what a finer one says is all there is.
  let known = { stepS: tiersS[0]!, held: readings / bucketsOf(series, 1) };
  return tiersS.find((stepS) => {
    const buckets = bucketsOf(series, stepS / tiersS[0]!);
    if (buckets >= BUCKETS_MIN * series.length) known = { stepS, held: readings / buckets };
    return known.held * stepS / known.stepS >= READINGS_MIN;
  }) ?? tiersS.at(-1)!;
}

/** So many of the finest tier's buckets make one. */
function bucketsOf(series: readonly Occupied[], finer: number): number {
  return series.reduce(
    (sum, { buckets }) =>
      sum + new Set([...buckets].map((bucket) => Math.floor(bucket / finer))).size,
    0,
  );
}
