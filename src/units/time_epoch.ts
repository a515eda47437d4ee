/**
 * Epoch times in seconds, milliseconds, microseconds or nanoseconds, as integers, floats, digits in
 * a text, or bigints. Everything finer than a millisecond is cut; a float is first rounded to the
 * microsecond, because 1444745144.824 s · 1000 may come out a hair below the written millisecond.
 */

export type EpochUnit = "epoch_s" | "epoch_ms" | "epoch_us" | "epoch_ns";

export const EPOCH_UNITS: readonly EpochUnit[] = ["epoch_s", "epoch_ms", "epoch_us", "epoch_ns"];

/** Units in a second. */
const PER_SECOND: Readonly<Record<EpochUnit, number>> = {
  epoch_s: 1,
  epoch_ms: 1e3,
  epoch_us: 1e6,
  epoch_ns: 1e9,
};

/** Milliseconds of that many units since 1970; NaN where they are not finite. */
export function epochMs(unit: EpochUnit, value: number | bigint): number {
  if (typeof value === "bigint") return bigEpochMs(unit, value);
  const perSecond = PER_SECOND[unit];
  if (perSecond <= 1e3 && Number.isInteger(value)) return value * (1e3 / perSecond);
  const microseconds = Math.round(value * (1e6 / perSecond));
  return Number.isFinite(microseconds) ? Math.floor(microseconds / 1e3) : NaN;
}

function bigEpochMs(unit: EpochUnit, value: bigint): number {
  const perSecond = BigInt(PER_SECOND[unit]);
  const scaled = value * 1000n;
  const quotient = scaled / perSecond;
  return Number(scaled < 0n && scaled % perSecond !== 0n ? quotient - 1n : quotient);
}

/** As `epochMs`, from a decimal text; NaN where it is none. */
export function epochTextMs(unit: EpochUnit, text: string): number {
  // Nanoseconds of today, as most agents write them: what lies below a millisecond is cut off.
  if (unit === "epoch_ns" && text.length === 19 && /^[1-9]\d{18}$/.test(text)) {
    return Number(text.slice(0, -6));
  }
  if (!/^[+-]?\d+(\.\d*)?([eE][+-]?\d{1,2})?$/.test(text)) return NaN;
  // Fifteen digits are exact in a double; more of them (nanoseconds have 19) are not. Of very many
  // a bigint takes a time that grows with their square, and no such number is a time.
  return text.length > 15 && text.length <= 40 && /^[+-]?\d+$/.test(text)
    ? epochMs(unit, BigInt(text.replace(/^\+/, "")))
    : epochMs(unit, Number(text));
}

/**
 * The unit in which a number is a time between 2000 and 2100. The four ranges lie a thousandfold
 * apart and never touch; a number in none of them gives null.
 */
export function epochUnitByMagnitude(value: number): EpochUnit | null {
  for (const unit of EPOCH_UNITS) {
    const seconds = value / PER_SECOND[unit];
    if (seconds >= 946_684_800 && seconds <= 4_102_444_800) return unit;
  }
  return null;
}
