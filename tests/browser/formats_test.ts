/** Values as the viewer wants them: °F, another locale, twelve hours. */
import { afterEach, expect, test } from "bun:test";
import fc from "fast-check";
import {
  formatMetric,
  formatNumber,
  formatShort,
  formatSpan,
  METRIC_VIEWS,
  shownDifference,
  shownValue,
  unitSign,
} from "../../src/browser/format.ts";
import { type Formats, formats, PLAIN_FORMATS } from "../../src/browser/formats.ts";
import { rangeText, stepText } from "../../src/browser/chart_words.ts";
import { speedText } from "../../src/browser/cursor.ts";
import { rangeOf } from "../../src/browser/ranges.ts";
import { timeFormat } from "../../src/browser/times.ts";
import { timeLabel } from "../../src/browser/chart_axes.ts";
import { NOW_MS } from "./samples.ts";

afterEach(() => {
  formats.value = PLAIN_FORMATS;
});

const use = (part: Partial<Formats>) => formats.value = { ...PLAIN_FORMATS, ...part };
const plain = (text: string) => text.replace(/[\u202f\u00a0]/g, " ");

test("°F: values with their offset, differences without, units named; nothing else changes", () => {
  use({ temperature: "F" });
  expect(plain(formatMetric("temp_c", 80))).toBe("176.0 °F");
  expect(plain(formatMetric("temp_c", -40))).toBe("−40.0 °F");
  expect(unitSign("temp_c")).toBe("°F");
  expect(shownDifference("temp_c", -5)).toBe(-9);
  expect(plain(formatMetric("cpu_load", 80))).toBe("80.0 %");
  expect(shownDifference("cpu_load", 5)).toBe(5);
  expect(METRIC_VIEWS.temp_c.digits).toBe(1);
});

test("°F: a warmer value stays warmer, and a difference is that of the values", () => {
  use({ temperature: "F" });
  const degrees = fc.double({ min: -90, max: 150, noNaN: true });
  fc.assert(fc.property(degrees, degrees, (a, b) => {
    const difference = shownValue("temp_c", a) - shownValue("temp_c", b);
    expect(difference).toBeCloseTo(shownDifference("temp_c", a - b), 9);
    if (a - b > 1e-9) expect(difference).toBeGreaterThan(0);
  }));
});

test("locale: its own groups and its own comma, a true minus, and no minus zero", () => {
  use({ locale: "de-DE" });
  expect(formatNumber(-1_234_567.891, 2)).toBe("−1.234.567,89");
  expect(formatNumber(-0.04, 1)).toBe("0,0");
  use({ locale: "en-IN" });
  expect(formatNumber(12_345_678)).toBe("1,23,45,678");
  use({ locale: "fr-FR" });
  expect(plain(formatNumber(1_234.5, 1))).toBe("1 234,5");
});

test("locale: spans, speeds, steps and stretches are written in it too", () => {
  const stretch = rangeOf(9_000_000);
  use({ locale: "de-DE" });
  expect([formatSpan(4_200), stepText(5_000), stepText(2_500)].map(plain))
    .toEqual(["4,2 s", "5 s", "2,5 s"]);
  expect([speedText(0.1), speedText(100), rangeText(stretch)]).toEqual(["0,1×", "100×", "2,5 h"]);
  use({ locale: "ar-EG" });
  expect([4_200, 42_000, 185_000].map((ms) => plain(formatSpan(ms))))
    .toEqual(["٤٫٢ s", "٤٢ s", "٣ min ٠٥ s"]);
});

test("numbers: as few digits as they have", () => {
  expect([0.1, 2, 1.5, 1 / 3, 12_000].map(formatShort)).toEqual([
    "0.1",
    "2",
    "1.5",
    "0.333",
    "12,000",
  ]);
});

test("times: twelve hours, and days in the locale's order", () => {
  const time = timeFormat("UTC", { locale: "en-US", hours: "12" });
  expect(plain(time.clock(NOW_MS))).toBe("2:42:56 AM");
  expect(time.day(NOW_MS)).toBe("Nov 21");
  expect(timeFormat("UTC", { locale: "de-DE", hours: "24" }).clock(NOW_MS)).toBe("02:42:56");
});

test("times: an axis names the day at midnight, however the clock is written", () => {
  const time = timeFormat("Europe/Berlin", { locale: "en-US", hours: "12" });
  const midnightS = Date.UTC(2025, 10, 20, 23) / 1000;
  expect(timeLabel(midnightS, 3600, time)).toBe("Nov 21");
  expect(plain(timeLabel(midnightS + 3600, 3600, time))).toBe("1:00 AM");
});
