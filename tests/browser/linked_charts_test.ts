/** What charts say and where their crosshair goes, without a browser. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { valueRange } from "../../src/browser/chart_axes.ts";
import { bandsOf } from "../../src/browser/chart_bands.ts";
import {
  ChartColumns,
  chartRegions,
  type ChartView,
  ghostColumns,
  type HistorySeries,
  onlyRegion,
  slotStartMs,
} from "../../src/browser/chart_columns.ts";
import { cellAt, slotAt, steppedMs, valuesAt } from "../../src/browser/chart_cursor.ts";
import { ageText, stalenessText, staleRegions } from "../../src/browser/chart_freshness.ts";
import { spokenValues, stepText, windowText } from "../../src/browser/chart_words.ts";
import { rangeNamed, rangeOf } from "../../src/browser/ranges.ts";
import { timeFormat } from "../../src/browser/times.ts";

const TO_MS = Date.UTC(2025, 10, 21, 3);
const STEP_MS = 10_000;
const FROM_MS = TO_MS - 300_000;

/** One value a bucket of 10 s over five minutes, null where nothing was measured. */
function series(region: string, values: readonly (number | null)[]): HistorySeries {
  return {
    region,
    stepMs: STEP_MS,
    t: values.map((_, index) => FROM_MS + index * STEP_MS),
    mean: values,
    min: values.map((value) => value === null ? null : value - 5),
    max: values.map((value) => value === null ? null : value + 20),
    count: values.map((value) => value === null ? 0 : 3),
  };
}

function viewOf(...all: HistorySeries[]): ChartView {
  return new ChartColumns().view(rangeNamed("5m"), "temp_c", TO_MS, all);
}

const NOTHING_MEASURED = { temp_c: null, cpu_load: null, voltage: null, power_watts: null };
const steady = (value: number, length = 30) => new Array<number | null>(length).fill(value);
const thin = (text: string) => text.replaceAll("\u202f", " ");

describe("bands", () => {
  const regions = (count: number) =>
    viewOf(...Array.from({ length: count }, (_, index) => series(`r${index}`, steady(50))));

  test("all of three regions have one, of four only the emphasised", () => {
    expect(bandsOf(regions(3), null)).toEqual(["r0", "r1", "r2"]);
    expect(bandsOf(regions(4), null)).toEqual([]);
    expect(bandsOf(regions(4), "r2")).toEqual(["r2"]);
  });

  test("the axis holds what is seen of them, and no more", () => {
    const [low, high] = valueRange("temp_c", regions(3));
    expect(low).toBeLessThanOrEqual(45);
    expect(high).toBeGreaterThanOrEqual(70);
    expect(valueRange("temp_c", regions(4))).toEqual([40, 60]);
  });

  test("the axis holds a ghost too", () => {
    const view = regions(4);
    const ghost = ghostColumns(view, [series("r0", steady(90))], 0);
    expect(valueRange("temp_c", view, { ghost })[1]).toBeGreaterThan(90);
  });
});

describe("a history in place of the one that was set", () => {
  test("is drawn in its own steps where nothing is live", () => {
    const view = viewOf(series("a", steady(50)));
    expect(view.stepMs).toBe(STEP_MS);
    expect(view.regions[0]?.mean.filter((value) => value !== undefined).length).toBe(30);
    expect(slotStartMs(view, 1)).toBe(FROM_MS + STEP_MS);
  });

  test("one region alone; an unknown one is all", () => {
    const view = viewOf(series("a", steady(50)), series("b", steady(60)));
    expect(onlyRegion(view, "b").regions.map((each) => each.region)).toEqual(["b"]);
    expect(onlyRegion(view, "Mars")).toBe(view);
    expect(onlyRegion(view, null)).toBe(view);
  });
});

describe("more regions than can be drawn", () => {
  const names = Array.from({ length: 30 }, (_, at) => `r${String(at).padStart(2, "0")}`);

  test("the first ones are asked for, and always the chosen one", () => {
    expect(chartRegions(names, null)).toEqual(names.slice(0, 24));
    expect(chartRegions(names, "r03")).toEqual(names.slice(0, 24));
    expect(chartRegions(names, "r29")).toEqual([...names.slice(0, 23), "r29"]);
    expect(chartRegions(names, "Mars")).toEqual(names.slice(0, 24));
  });

  test("what was asked for is drawn before what only came live", () => {
    const columns = new ChartColumns();
    const second = { atMs: TO_MS - 1_000, readings: 1, metrics: NOTHING_MEASURED };
    columns.addSeconds(names.slice(0, 24).map((region) => ({ region, ...second })), TO_MS);
    const asked = chartRegions(names, "r29").map((region) => series(region, steady(50)));
    const view = columns.view(rangeNamed("5m"), "temp_c", TO_MS, asked);
    expect(view.regions.map((each) => each.region)).toEqual([...names.slice(0, 23), "r29"]);
  });
});

describe("a ghost", () => {
  const HOUR_MS = 3_600_000;
  const earlier = (values: readonly (number | null)[]) => {
    const now = series("a", values);
    return { ...now, t: now.t.map((atMs) => atMs - HOUR_MS) };
  };

  test("stands in the slots of the stretch it is compared with", () => {
    const values = Array.from({ length: 30 }, (_, index) => index);
    const view = viewOf(series("a", steady(50)));
    const [ghost] = ghostColumns(view, [earlier(values)], HOUR_MS);
    expect(ghost?.mean.slice(0, 30)).toEqual(values);
  });

  test("a gap of then is a gap of the ghost; regions that are not drawn have none", () => {
    const values = steady(40).fill(null, 8, 20);
    const view = viewOf(series("a", steady(50)));
    const ghosts = ghostColumns(view, [earlier(values), series("b", steady(1))], HOUR_MS);
    expect(ghosts.map((each) => each.region)).toEqual(["a"]);
    expect(ghosts[0]?.mean.includes(null)).toBe(true);
  });
});

describe("freshness", () => {
  test("an end that is older than a minute is old, and says by how much", () => {
    const view = viewOf(series("India", steady(50, 12)), series("USA", steady(50)));
    const stale = staleRegions(view);
    expect(stale.map(stalenessText).map(thin)).toEqual(["India: newest 3 min ago"]);
    expect(stale[0]?.slot).toBe(11);
  });

  test("a slow source is not old for being slow", () => {
    const slow = steady(50).map((value, index) => index % 5 === 0 ? value : null);
    expect(staleRegions(viewOf(series("a", slow)))).toEqual([]);
  });

  test("ages are whole minutes", () => expect(thin(ageText(754_000))).toBe("12 min ago"));
});

describe("the crosshair", () => {
  const gap = steady(50).fill(null, 10, 20);

  test("a slot in a gap has no value, one that the line crosses has the one before it", () => {
    const [column] = viewOf(series("a", gap)).regions;
    expect(cellAt(column!, 9)).toEqual({ mean: 50, min: 45, max: 70 });
    expect(cellAt(column!, 15)).toBeNull();
    expect(cellAt({ ...column!, mean: [1, undefined, 2] }, 1)?.mean).toBe(1);
  });

  test("behind an old end there is nothing; without a crosshair it is the newest", () => {
    const view = viewOf(series("a", steady(50, 12)));
    expect(valuesAt(view, TO_MS - 20_000)[0]?.cell).toBeNull();
    expect(valuesAt(view, null)[0]?.cell?.mean).toBe(50);
    expect(valuesAt(view, FROM_MS - 1)[0]?.cell).toBeNull();
  });

  test("keys go from value to value, over gaps, and stay within", () => {
    const view = viewOf(series("a", gap));
    const last = steppedMs(view, null, "back");
    expect(last).toBe(steppedMs(view, null, "last"));
    const first = steppedMs(view, last, "first");
    expect(steppedMs(view, first, "back")).toBe(first);
    expect(steppedMs(view, last, "forth")).toBe(last);
    let atMs = first, steps = 0;
    while (atMs !== last && steps < 100) {
      atMs = steppedMs(view, atMs, "forth");
      steps++;
    }
    expect(steps).toBe(19);
    expect(steppedMs(view, last, "pageBack")).toBe(last! - 20 * STEP_MS);
  });

  test("an empty chart has nowhere to go", () => {
    expect(steppedMs(viewOf(), null, "first")).toBeNull();
    expect(steppedMs(viewOf(series("a", steady(0).fill(null))), null, "last")).toBeNull();
  });

  test("forth and back is where one was, wherever that is", () => {
    fc.assert(fc.property(
      fc.array(fc.option(fc.integer({ min: 1, max: 99 })), { minLength: 30, maxLength: 30 }),
      fc.nat(29),
      (values, start) => {
        const view = viewOf(series("a", values));
        const atMs = steppedMs(view, FROM_MS + start * STEP_MS, "forth");
        if (atMs === null) return;
        const next = steppedMs(view, atMs, "forth")!;
        if (next !== atMs) expect(steppedMs(view, next, "back")).toBe(atMs);
        expect(slotAt(view, next)).not.toBeNull();
      },
    ));
  });
});

describe("words", () => {
  const time = timeFormat("UTC");

  test("a window is the last of something, or ends at the cursor", () => {
    const range = rangeOf(90_000);
    expect(windowText(range, true, TO_MS, TO_MS, time)).toBe("last 90 s");
    expect(windowText(range, false, TO_MS, TO_MS + 1000, time)).toBe("90 s to 03:00:00");
  });

  test("a bucket's width, and a moment of all regions", () => {
    expect([10_000, 300_000].map(stepText).map(thin)).toEqual(["10 s", "5 min"]);
    const values = valuesAt(viewOf(series("a", steady(50)), series("b", steady(1, 3))), TO_MS - 1);
    expect(thin(spokenValues("temp_c", values, "03:00"))).toBe("03:00: a 50.0 °C, b no value");
  });
});
