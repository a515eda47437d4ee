/** How much room an axis needs for what it says, in CSS pixels: letters are larger on larger screens. */
import type { TimeFormat } from "../../src/browser/times.ts";

/** Size of the letters of a canvas' font, `12px sans-serif`. */
export function fontPx(font: string): number {
  return Number.parseFloat(font);
}

/** From one time to the next: the longest of them, seconds and all, and a space. */
export function timeSpacePx(font: string, time: TimeFormat | undefined): number {
  const letters = time?.clock(0).length ?? 8;
  return (letters + 2.5) * 0.56 * fontPx(font);
}

/** Of an axis of values, for these texts and at least five letters. */
export function valueRoomPx(font: string, texts: readonly string[] | null): number {
  const letters = Math.max(5, ...(texts ?? []).map((text) => text.length));
  return (1.2 + 0.66 * letters) * fontPx(font);
}

/** Of an axis of times. */
export function timeRoomPx(font: string): number {
  return 2.5 * fontPx(font);
}
