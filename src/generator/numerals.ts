/** Numbers and times as text, fast: tables and the last day remembered, no `Date` a row. */

const TWO_DIGITS: readonly string[] = Array.from(
  { length: 100 },
  (_, n) => n < 10 ? `0${n}` : `${n}`,
);

const DAY_S = 86_400;

/** Writes whole seconds as date and time; remembers the day it wrote last. */
export class TimeText {
  #day = NaN;
  #date = "";

  /** `YYYY-MM-DD HH:MM:SS`, with `between` in the place of the blank. */
  format(atMs: number, between = " "): string {
    const seconds = Math.floor(atMs / 1000);
    const day = Math.floor(seconds / DAY_S);
    if (day !== this.#day) {
      this.#day = day;
      this.#date = new Date(day * DAY_S * 1000).toISOString().slice(0, 10);
    }
    const second = seconds - day * DAY_S;
    const hour = Math.floor(second / 3600);
    const minute = Math.floor(second / 60) - hour * 60;
    return this.#date + between + TWO_DIGITS[hour] + ":" + TWO_DIGITS[minute] + ":" +
      TWO_DIGITS[second % 60];
  }
}

/** A number ≥ 0 with two decimals: 0.4 is `0.40`. */
export function twoDecimals(value: number): string {
  const hundredths = Math.round(value * 100);
  const whole = Math.floor(hundredths / 100);
  return whole + "." + TWO_DIGITS[hundredths - whole * 100];
}

/** As Python writes a float ≥ 0 after rounding: `11.93`, `11.9`, `12.0`. */
export function pythonFloat(value: number, decimals: 1 | 2): string {
  const scale = decimals === 1 ? 10 : 100;
  const rounded = Math.round(value * scale) / scale;
  return Number.isInteger(rounded) ? `${rounded}.0` : `${rounded}`;
}
