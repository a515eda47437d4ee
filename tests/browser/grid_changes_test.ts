import { expect, test } from "bun:test";
import type { GridCell } from "../../src/browser/grid_cells.ts";
import { gridChanges } from "../../src/browser/grid_changes.ts";

const cell = (host: string, value: number | null, region = "India"): GridCell => ({
  host,
  region,
  value,
  ageS: 1,
  state: value !== null && value > 90 ? "critical" : "ok",
});

test("changes of a grid: the furthest apart first, by name among equals, at most so many", () => {
  const first = [{ region: "India", cells: [cell("a", 50), cell("b", 95), cell("c", 40)] }];
  const second = [{ region: "India", cells: [cell("c", 42), cell("b", 60), cell("a", 52)] }];
  const found = gridChanges(first, second, 2);
  expect(found.map(({ host, first, second }) => [host, first, second]))
    .toEqual([["b", 95, 60], ["a", 50, 52]]);
  expect(found[0]).toMatchObject({ firstState: "critical", secondState: "ok" });
});

test("changes of a grid: who was not measured at both moments, or is the same, is none", () => {
  const first = [{ region: "India", cells: [cell("a", null), cell("b", 5), cell("c", 5)] }];
  const second = [
    { region: "India", cells: [cell("a", 5), cell("b", null), cell("c", 5), cell("d", 1)] },
    { region: "USA", cells: [cell("b", 99, "USA")] },
  ];
  expect(gridChanges(first, second, 9)).toEqual([]);
});
