/** The host grid without a browser: answers, orders, places and colours. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { alertRulesOf, limitsOf } from "../../src/browser/alert_rules.ts";
import { colourScale, labOf, scaleEnds } from "../../src/browser/colour_scale.ts";
import { countCells, firstCells, gridGroups, NameOrder } from "../../src/browser/grid_cells.ts";
import {
  cellAt,
  cellRect,
  GRID_KEYS,
  gridLayout,
  HEIGHT_MAX,
  movedCell,
} from "../../src/browser/grid_layout.ts";
import type { HostGrid } from "../../src/browser/recorded_api.ts";
import { DEFAULT_ALERT_RULES } from "../../src/model/alert.ts";
import { METRICS } from "../../src/model/reading.ts";

const grid: HostGrid = {
  atMs: Date.UTC(2025, 10, 21, 12),
  regions: [
    {
      region: "USA",
      hosts: ["rack-10", "rack-2", "<b>"],
      values: [50, 92.5, null],
      agesS: [1, 2, 700],
      states: ["ok", "critical", "stale"],
    },
    { region: "India", hosts: ["rack-2"], values: [81], agesS: [300], states: ["warning"] },
  ],
};
const ALL = { search: "", region: null, sort: "name" } as const;
const order = new NameOrder();
const names = (wish: Partial<typeof ALL> | Record<string, unknown>) =>
  gridGroups(grid, { ...ALL, ...wish }, order).map(({ region, cells }) =>
    `${region}: ${cells.map((cell) => cell.host).join(" ")}`
  );

describe("the grid's cells", () => {
  test("stand by region and by name as people count", () => {
    expect(names({})).toEqual(["India: rack-2", "USA: <b> rack-2 rack-10"]);
  });

  test("stand by value or age, the highest first and what has none last", () => {
    expect(names({ sort: "value" })).toEqual(["India: rack-2", "USA: rack-2 rack-10 <b>"]);
    expect(names({ sort: "age" })).toEqual(["India: rack-2", "USA: <b> rack-2 rack-10"]);
  });

  test("are found by a part of their name in any case, and by region", () => {
    expect(names({ search: " RACK-1" })).toEqual(["USA: rack-10"]);
    expect(names({ region: "India" })).toEqual(["India: rack-2"]);
    expect(names({ search: "nothing" })).toEqual([]);
  });

  test("over all regions the worst come first", () => {
    const worst = firstCells(gridGroups(grid, ALL, order), "value", order, 2);
    expect(worst.map((cell) => cell.value)).toEqual([92.5, 81]);
  });

  test("are counted by state", () => {
    expect(countCells(gridGroups(grid, ALL, order))).toEqual({
      hosts: 4,
      states: { ok: 1, warning: 1, critical: 1, stale: 1 },
    });
  });
});

const counts = fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 12 });
const layoutOf = (sizes: readonly number[], width: number) =>
  gridLayout(sizes.map((count, at) => ({ region: `r${at}`, count })), width);

describe("the grid's places", () => {
  test("every cell is found where it is drawn, and nowhere outside of the width", () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 130, max: 2_000 }), (sizes, width) => {
        const layout = layoutOf(sizes, width);
        for (let index = 0; index < layout.count; index += 1 + (index >> 3)) {
          const rect = cellRect(layout, index)!;
          expect(rect.x + rect.width).toBeLessThanOrEqual(width);
          expect(cellAt(layout, rect.x, rect.y)).toBe(index);
          expect(cellAt(layout, rect.x + rect.width - 1, rect.y + rect.height - 1)).toBe(index);
          expect(cellAt(layout, rect.x + rect.width, rect.y)).toBeNull();
        }
      }),
      { numRuns: 50 },
    );
  });

  test("keys lead to a cell, and from any cell to the first and last", () => {
    fc.assert(fc.property(counts, fc.nat(), (sizes, start) => {
      const layout = layoutOf(sizes, 900);
      const from = start % layout.count;
      for (const key of GRID_KEYS) {
        expect(cellRect(layout, movedCell(layout, from, key))).not.toBeNull();
      }
      expect(movedCell(layout, from, "Home")).toBe(0);
      expect(movedCell(layout, from, "End")).toBe(layout.count - 1);
    }));
  });

  test("down and up stay in the column, also into the next region", () => {
    const layout = layoutOf([7, 7], 3 * 127);
    expect(layout.columns).toBe(3);
    expect(movedCell(layout, 1, "ArrowDown")).toBe(4);
    expect(movedCell(layout, 6, "ArrowDown")).toBe(7);
    expect(movedCell(layout, 8, "ArrowUp")).toBe(6);
    expect(movedCell(layout, 0, "ArrowUp")).toBe(0);
    expect(movedCell(layout, 3, "PageDown")).toBe(7);
  });

  test("few hosts have their names, ten thousand fit on a screen", () => {
    expect(layoutOf([7, 7, 6], 1_300).cell.detail).toBe("name");
    const many = layoutOf([4_000, 3_000, 3_000], 1_300);
    expect([many.count, many.omitted]).toEqual([10_000, 0]);
    expect(many.height).toBeLessThan(800);
  });

  test("a few hosts of each of many regions have their names as well", () => {
    const layout = layoutOf(Array.from({ length: 30 }, () => 8), 1_300);
    expect(layout.cell.detail).toBe("name");
    expect(layout.height).toBeLessThan(30 * 100);
  });

  test("what no canvas can hold is left out and counted", () => {
    const layout = layoutOf(Array.from({ length: 2_000 }, () => 5), 300);
    expect(layout.height).toBeLessThanOrEqual(HEIGHT_MAX);
    expect(layout.count + layout.omitted).toBe(10_000);
  });
});

describe("the colour scale", () => {
  for (const metric of METRICS) {
    for (const isDark of [false, true]) {
      test(`${metric}, ${isDark ? "dark" : "light"}: lightness goes one way, ink is readable`, () => {
        const scale = colourScale(metric, [0, 100], isDark);
        let before: number | null = null;
        for (let value = 0; value <= 100; value += 5) {
          const [lightness] = labOf(scale.colour(value));
          if (before !== null) {
            expect(isDark ? lightness - before : before - lightness).toBeGreaterThan(0.005);
          }
          before = lightness;
          expect(contrast(scale.colour(value), scale.ink(value))).toBeGreaterThan(4.5);
        }
        expect(scale.colour(-5)).toBe(scale.colour(0));
        expect(scale.colour(500)).toBe(scale.colour(100));
      });
    }
  }

  test("its ends are the same for every fleet's temperatures, and round for power", () => {
    const limits = limitsOf(DEFAULT_ALERT_RULES, "temp_c");
    expect(limits).toEqual([
      { severity: "warning", above: 80 },
      { severity: "critical", above: 90 },
    ]);
    expect(scaleEnds("temp_c", [], limits)).toEqual([20, 100]);
    expect(scaleEnds("temp_c", [], [{ severity: "critical", above: 120 }])).toEqual([20, 130]);
    expect(scaleEnds("power_watts", [410, null, 613], [])).toEqual([0, 800]);
    expect(scaleEnds("voltage", [11.6, 12.3], [])).toEqual([11, 13]);
  });

  test("rules that the server tells are checked", () => {
    expect(alertRulesOf({ rules: DEFAULT_ALERT_RULES })).toEqual([...DEFAULT_ALERT_RULES]);
    expect(() => alertRulesOf([])).toThrow("no list");
  });
});

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(a: string, b: string): number {
  const luminance = (hex: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const value = parseInt(hex.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}
