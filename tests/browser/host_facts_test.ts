/** What a host's page says, without a browser. */
import { describe, expect, test } from "bun:test";
import type { HistorySeries } from "../../src/browser/chart_columns.ts";
import {
  bandOf,
  hostChart,
  hostReadingsOf,
  hostState,
  newestValues,
} from "../../src/browser/host_facts.ts";
import { originsOf } from "../../src/browser/origin_view.ts";
import { alertOf } from "../../src/browser/alert_answers.ts";
import { cellWords } from "../../src/browser/host_words.ts";

const NOW_MS = Date.UTC(2025, 10, 21, 12);
const iso = (secondsAgo: number) => new Date(NOW_MS - secondsAgo * 1_000).toISOString();
const readings = hostReadingsOf([
  { timestamp: iso(5), temp_c: 91.5, cpu_load: null, voltage: null, power_watts: null },
  { timestamp: iso(9), temp_c: 90, cpu_load: 40, voltage: null, power_watts: null },
  { timestamp: "never", temp_c: 1 },
]);

function alert(severity: string, closed: string | null) {
  const raw = { id: "x", metric: "temp_c", severity, opened: iso(60), closed };
  return alertOf(raw)!;
}

describe("a host at the cursor", () => {
  test("has the newest value of each measure, whichever reading it came with", () => {
    expect(readings.length).toBe(2);
    expect(newestValues(readings)).toEqual({
      temp_c: 91.5,
      cpu_load: 40,
      voltage: null,
      power_watts: null,
    });
  });

  test("is as bad as its worst open alert, and silent before all", () => {
    expect(hostState(readings, [], NOW_MS)).toBe("ok");
    expect(hostState(readings, [alert("critical", iso(1))], NOW_MS)).toBe("ok");
    expect(hostState(readings, [alert("warning", null)], NOW_MS)).toBe("warning");
    const both = [alert("warning", null), alert("critical", null)];
    expect(hostState(readings, both, NOW_MS)).toBe("critical");
    expect(hostState(readings, both, NOW_MS + 60_000)).toBe("stale");
    expect(hostState([], both, NOW_MS)).toBeNull();
  });

  test("is told in one sentence", () => {
    const cell = { host: "a", region: "USA", value: null, ageS: 75, state: "stale" } as const;
    expect(cellWords(cell, "temp_c")).toBe(
      "a, USA: Temperature not measured, Silent, 1\u202fmin 15\u202fs old",
    );
  });
});

describe("a host's chart", () => {
  const means = [50, null, 52, 51, ...new Array<null>(30).fill(null), 60];
  const series: HistorySeries = {
    region: "USA",
    stepMs: 2_000,
    t: means.map((_, slot) => NOW_MS + slot * 2_000),
    mean: means,
    min: means.map((value) => value === null ? null : value - 1),
    max: means.map((value) => value === null ? null : value + 2),
    count: means.map((value) => value === null ? 0 : 3),
  };
  const window = { fromMs: NOW_MS, toMs: NOW_MS + 70_000 };
  const all = { temp_c: series, cpu_load: series, voltage: series, power_watts: series };
  const view = hostChart(all, window);
  const column = view.regions[0]!;

  test("breaks its line and band where nothing came for long, not where a slot is empty", () => {
    expect(column.region).toBe("temp_c");
    expect(column.mean[1]).toBeUndefined();
    const breaks = [column.mean, column.min, column.max].map((cells) => cells.indexOf(null));
    expect(breaks).toEqual([4, 4, 4]);
    expect(view.x[0]).toBe((NOW_MS + 1_000) / 1_000);
  });

  test("its axis has room for the lowest and highest", () => {
    expect(bandOf(column)).toEqual([49, 62]);
    expect(bandOf({ ...column, min: [], max: [] })).toBeNull();
  });
});

describe("a reading's origin", () => {
  const told = {
    layer: "speed",
    run_id: "stream_run_x",
    source: "live",
    path: "live_data/stream_run_x/part-000002.ndjson",
    part: 2,
    offset: 12_345,
    offset_is: "byte",
    raw: "{}",
    note: null,
    mapped_by: "feed",
    mapping_is: "same",
    mapping: [],
  };
  const [origin] = originsOf({ readings: [told] });

  test("names its place, and whose rules they are", () => {
    expect(origin).toMatchObject({ place: "part 2, byte 12,345", raw: "{}", note: null });
    expect(origin!.rules).toContain("feed");
    const [file] = originsOf({
      readings: [{ ...told, layer: "batch", part: null, offset: 7, offset_is: "row", raw: null }],
    });
    expect(file).toMatchObject({ layer: "batch", place: "row 7", raw: null });
  });

  test("says in words what is odd about its time, and nothing where nothing is", () => {
    const oddities = (flags: unknown) => originsOf({ readings: [{ ...told, flags }] })[0]!.oddities;
    expect(oddities(["late"])).toEqual([expect.stringContaining("Late: it came more than five")]);
    expect(oddities(["from a newer server"])).toEqual(["from a newer server"]);
    expect([oddities([]), oddities(undefined)]).toEqual([[], []]);
  });

  test("says so where the rules are not those of then, or not known", () => {
    const rules = (more: object) => originsOf({ readings: [{ ...told, ...more }] })[0]!.rules;
    expect(rules({ mapping_is: "changed" })).toContain("changed since");
    expect(rules({ mapping_is: "unknown" })).toContain("as they are declared now");
    expect(rules({ mapped_by: null })).toContain("not known");
    expect(() => originsOf({})).toThrow("no origins");
  });
});
