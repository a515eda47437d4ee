import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  formatBytes,
  formatChange,
  formatMetric,
  formatNumber,
  formatPower,
  formatSpan,
} from "../../src/browser/format.ts";
import { timeFormat } from "../../src/browser/times.ts";
import { compareNames, REGION_COLOURS, regionLooks } from "../../src/browser/regions.ts";
import { firstLine } from "../../src/browser/first_line.ts";
import { edgeLabels, histogramRows } from "../../src/browser/histogram_view.ts";
import { fakeStatus } from "../e2e/support/fake_status.ts";
import { NOW_MS } from "./samples.ts";

const thin = (text: string) => text.replaceAll("\u202f", " ");

test("numbers: grouped, a true minus, no minus zero, a dash for what is not measured", () => {
  expect(formatNumber(1234567.891, 2)).toBe("1,234,567.89");
  expect(formatNumber(-1234.5, 1)).toBe("−1,234.5");
  expect(formatNumber(-0.04, 1)).toBe("0.0");
  expect(formatNumber(null, 1)).toBe("–");
  expect(formatMetric("temp_c", null)).toBe("–");
});

test("numbers: grouping loses no digit", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (value) => {
    expect(Number(formatNumber(value).replaceAll(",", ""))).toBe(value);
  }));
});

test("changes: signed, and what rounds to nothing says so", () => {
  expect([formatChange(0.42, 1), formatChange(-1.26, 1), formatChange(-0.04, 1)])
    .toEqual(["+0.4", "−1.3", "±0.0"]);
});

test("power: watts, kilowatts or megawatts, whichever is short", () => {
  expect(formatPower(853)).toEqual({ value: "853", unit: "W" });
  expect(formatPower(17_410)).toEqual({ value: "17.41", unit: "kW" });
  expect(formatPower(2_500_000)).toEqual({ value: "2.50", unit: "MW" });
});

test("spans: two units at most, and no 60 s", () => {
  const spans = [0, 400, 9_949, 42_000, 59_600, 60_000, 200_000, 7_800_000, 97_200_000];
  expect(spans.map((ms) => thin(formatSpan(ms)))).toEqual([
    "0.0 s",
    "0.4 s",
    "9.9 s",
    "42 s",
    "59 s",
    "1 min",
    "3 min 20 s",
    "2 h 10 min",
    "1 d 03 h",
  ]);
});

test("bytes: powers of a thousand", () => {
  expect([0, 999, 1500, 48_230_111].map((bytes) => thin(formatBytes(bytes))))
    .toEqual(["0 B", "999 B", "1.5 kB", "48.2 MB"]);
});

test("times: in the viewer's zone, which is named; another day shows its date", () => {
  const time = timeFormat("America/New_York");
  expect(time.clock(NOW_MS)).toBe("21:42:56");
  expect(time.near(NOW_MS - 86_400_000, NOW_MS)).toBe("19 Nov 21:42:56");
  expect(time.near(NOW_MS - 365 * 86_400_000, NOW_MS)).toEndWith(" Nov 2024 21:42:56");
  expect(time.zoneLabel).toStartWith("America/New_York (");
  expect(timeFormat("UTC").zoneLabel).toBe("UTC");
});

test("regions: looks do not depend on the order names come in, and are told apart", () => {
  fc.assert(fc.property(fc.uniqueArray(fc.string(), { maxLength: 32 }), (names) => {
    const looks = regionLooks(names);
    expect([...regionLooks(names.toReversed())]).toEqual([...looks]);
    expect([...looks.keys()]).toEqual([...names].sort(compareNames));
    const faces = new Set([...looks.values()].map((look) => `${look.slot} ${look.dash}`));
    expect(faces.size).toBe(names.length);
  }));
});

test("regions: from the ninth on the colours come again with another dash", () => {
  const looks = [...regionLooks("abcdefghij").values()];
  expect(looks[REGION_COLOURS]).toMatchObject({ slot: 1, className: "region-1 dash-1" });
});

test("first line: names the flag while nothing listens, and the open door once it does", () => {
  const status = fakeStatus(NOW_MS);
  expect(firstLine(status)).toMatchObject({ flag: "--listen 127.0.0.1:9989" });
  const speed = { ...status.layers.speed, listen: "tcp://0.0.0.0:7000" };
  const open = firstLine({ ...status, layers: { ...status.layers, speed } });
  expect(open.flag).toBeNull();
  expect(open.push).toEndWith("| nc -w 1 127.0.0.1 7000");
});

test("histogram: the median is interpolated, empty regions have none", () => {
  const rows = histogramRows({
    window: { fromMs: 0, toMs: 1 },
    edges: [40, 50, 60, 70],
    counts: { b: [0, 4, 0], a: [0, 0, 0] },
  });
  expect(rows.map(({ region, median, highest }) => [region, median, highest]))
    .toEqual([["a", null, null], ["b", 55, 60]]);
  expect(edgeLabels([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).filter((edge) => edge !== null))
    .toEqual([0, 2, 4, 6, 8]);
});
