/** Axes leave room for their letters, whatever size these have on the screen. */
import { expect, test } from "bun:test";
import { timeRoomPx, timeSpacePx, valueRoomPx } from "../../islands/plot/axis_room.ts";
import { timeFormat } from "../../src/browser/times.ts";

/** DejaVu Sans, which is wide, takes so much of its size for a figure. */
const FIGURE = 0.64;
const hours = [24, 12].map((each) =>
  timeFormat("UTC", { locale: "en-US", hours: each === 24 ? "24" : "12" })
);

for (const size of [12, 16, 26]) {
  const font = `${size}px sans-serif`;

  test(`axes: letters of ${size} px fit, times beside one another, values in their column`, () => {
    for (const time of hours) {
      // Colons and spaces are half as wide as figures.
      const text = time.clock(0);
      const wide = [...text].reduce((sum, each) => sum + (/\w/.test(each) ? 1 : 0.5), 0);
      expect(timeSpacePx(font, time)).toBeGreaterThan(wide * FIGURE * size);
    }
    expect(valueRoomPx(font, ["12,345"])).toBeGreaterThan(6 * FIGURE * size);
    expect(timeRoomPx(font)).toBeGreaterThan(1.5 * size);
  });
}
