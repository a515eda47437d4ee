/**
 * IANA zones: local time to UTC at millions a second. The zone's transitions from 2000 to 2100 are
 * read once from the runtime's own database (`Intl`), then a conversion is one comparison and one
 * subtraction.
 *
 * The rule for what a daylight-saving change makes ambiguous (that of java.time and of Temporal's
 * `compatible`): a repeated local time means its first occurrence, a skipped one is moved on by
 * the length of the gap. Both are reported, so that the reading can be flagged and counted.
 */
import { DAY_MS } from "./calendar.ts";

/** How the last conversion was decided. */
export type Resolution = "exact" | "repeated" | "skipped";
/** Which occurrence a repeated local time means. */
export type Occurrence = "earlier" | "later";

// The widest offsets on Earth are −12 and +14 h, so ±26 h around a local time holds its instant.
const REACH_MS = 26 * 3_600_000;
const TABLE_START_MS = Date.UTC(1999, 11, 1);
const TABLE_END_MS = Date.UTC(2100, 1, 1);
// No zone since 2000 went to another offset and back within a week (checked against Temporal).
const PROBE_MS = 7 * DAY_MS;

export class TimeZone {
  readonly name: string;
  /** Decision of the last `toUtcMs`: a field, so that the hot path allocates nothing. */
  resolution: Resolution = "exact";

  /** Segment i holds from startsMs[i] (UTC) up to startsMs[i + 1]; the first from −∞. */
  readonly #startsMs: number[] = [];
  readonly #offsetsMs: number[] = [];
  /** Local times between these lie far from any transition and have this offset. */
  #calmFromMs = Infinity;
  #calmUntilMs = -Infinity;
  #calmOffsetMs = 0;

  private constructor(name: string) {
    this.name = name;
    const offsetAt = offsetReader(name);
    this.#startsMs.push(-Infinity);
    this.#offsetsMs.push(offsetAt(TABLE_START_MS));
    for (let at = TABLE_START_MS; at < TABLE_END_MS; at += PROBE_MS) {
      this.#findTransitions(offsetAt, at, at + PROBE_MS);
    }
    this.#startsMs.push(Infinity);
  }

  static readonly #known = new Map<string, TimeZone>();

  /** The zone of that IANA name or fixed offset (`+05:30`). Throws a RangeError for another. */
  static named(name: string): TimeZone {
    const known = TimeZone.#known.get(name);
    if (known !== undefined) return known;
    const zone = new TimeZone(name);
    TimeZone.#known.set(name, zone);
    return zone;
  }

  /** UTC epoch ms of a local time written as if it were UTC; `resolution` says how. */
  toUtcMs(localMs: number, occurrence: Occurrence = "earlier"): number {
    if (localMs > this.#calmFromMs && localMs < this.#calmUntilMs) {
      this.resolution = "exact";
      return localMs - this.#calmOffsetMs;
    }
    return this.#resolve(localMs, occurrence);
  }

  /** Offset from UTC in ms at an instant. */
  offsetMsAt(utcMs: number): number {
    return this.#offsetsMs[this.#segmentAt(utcMs)] ?? 0;
  }

  #resolve(localMs: number, occurrence: Occurrence): number {
    let found = 0;
    let first = NaN;
    let last = NaN;
    let segment = this.#segmentAt(localMs - REACH_MS);
    const lowest = segment;
    for (; (this.#startsMs[segment] ?? Infinity) <= localMs + REACH_MS; segment++) {
      const utcMs = localMs - (this.#offsetsMs[segment] ?? 0);
      if (utcMs < this.#startsMs[segment]! || utcMs >= this.#startsMs[segment + 1]!) continue;
      if (found++ === 0) first = utcMs;
      last = utcMs;
    }
    if (found === 0) return this.#skipped(localMs, lowest);
    this.resolution = found === 1 ? "exact" : "repeated";
    if (segment === lowest + 1) this.#rememberCalm(lowest);
    return occurrence === "later" ? last : first;
  }

  /** In a gap: the offset before it applies, which moves the time on by the gap's length. */
  #skipped(localMs: number, lowest: number): number {
    let segment = lowest;
    while (localMs - this.#offsetsMs[segment]! >= this.#startsMs[segment + 1]!) {
      const after = this.#offsetsMs[segment + 1];
      if (after === undefined || localMs - after < this.#startsMs[segment + 1]!) break;
      segment++;
    }
    this.resolution = "skipped";
    return localMs - this.#offsetsMs[segment]!;
  }

  #rememberCalm(segment: number): void {
    this.#calmFromMs = this.#startsMs[segment]! + REACH_MS;
    this.#calmUntilMs = this.#startsMs[segment + 1]! - REACH_MS;
    this.#calmOffsetMs = this.#offsetsMs[segment]!;
  }

  #segmentAt(utcMs: number): number {
    let low = 0;
    let high = this.#offsetsMs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#startsMs[middle]! <= utcMs) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Appends the transition between two instants, to the second, where their offsets differ. */
  #findTransitions(offsetAt: (utcMs: number) => number, fromMs: number, untilMs: number): void {
    const before = this.#offsetsMs.at(-1);
    const after = offsetAt(untilMs);
    if (before === after) return;
    let low = fromMs;
    let high = untilMs;
    while (high - low > 1000) {
      const middle = Math.floor((low + high) / 2000) * 1000;
      if (offsetAt(middle) === before) low = middle;
      else high = middle;
    }
    this.#startsMs.push(high);
    this.#offsetsMs.push(offsetAt(high));
    if (offsetAt(high) !== after) this.#findTransitions(offsetAt, high, untilMs);
  }
}

/** Reads `GMT+05:30` (also `GMT`, `GMT-00:44:30`) off the runtime's formatter. */
function offsetReader(name: string): (utcMs: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      timeZoneName: "longOffset",
      year: "numeric",
    });
  } catch (cause) {
    throw new RangeError(
      `Cannot use time zone ${JSON.stringify(name)}: not an IANA name; ` +
        `write one like "Asia/Kolkata", "Europe/Madrid", "UTC", or an offset like "+05:30"`,
      { cause },
    );
  }
  return (utcMs) => {
    const text = format.format(utcMs);
    const match = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
    if (match === null) throw new Error(`Cannot read the offset of ${name} from "${text}"`);
    const seconds = Number(match[2] ?? 0) * 3600 + Number(match[3] ?? 0) * 60 +
      Number(match[4] ?? 0);
    return (match[1] === "-" ? -seconds : seconds) * 1000;
  };
}
