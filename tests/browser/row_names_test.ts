import { expect, test } from "bun:test";
import { rowNames } from "../../src/browser/row_names.ts";

test("rows: a newer one renames nothing below it, also where it is called the same", () => {
  const before = rowNames(["b", "a", "a"]);
  expect(new Set(before).size).toBe(3);
  expect(rowNames(["b", "b", "a", "a"]).slice(1)).toEqual(before);
  expect(rowNames([])).toEqual([]);
});
