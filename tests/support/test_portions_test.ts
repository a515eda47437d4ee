import { expect, test } from "bun:test";
import {
  type PortionRun,
  portionRun,
  portionsOf,
  type PortionsResult,
  runPortions,
} from "./test_portions.ts";

const PASSED = { counts: { passed: 2, failed: 0, skipped: 0 }, code: 0, failing: [] };

/** What comes of two portions, `a b` and `c`, where `answer` says what a run of some files comes to. */
async function resultOf(
  answer: (files: string, attempt: number) => Partial<PortionRun>,
): Promise<PortionsResult> {
  const attempts = new Map<string, number>();
  return await runPortions([["a", "b"], ["c"]], {
    jobs: 2,
    run: (files) => {
      const name = files.join(" ");
      const attempt = (attempts.get(name) ?? 0) + 1;
      attempts.set(name, attempt);
      return Promise.resolve({ files, ...PASSED, ...answer(name, attempt) });
    },
  });
}

test("the gate's portions hold each file once, long ones first and alone", () => {
  const many = Array.from({ length: 20 }, (_, i) => `tests/store/s${i}_test.ts`);
  const portions = portionsOf(["tests/a_test.ts", ...many, "tests/e2e/x_test.ts"]);
  expect(portions[0]).toEqual(["tests/e2e/x_test.ts"]);
  expect(portions.flat().sort()).toEqual(
    ["tests/a_test.ts", ...many, "tests/e2e/x_test.ts"].sort(),
  );
  expect(Math.max(...portions.map((files) => files.length))).toBe(8);
});

test("the gate adds up the counts of its portions", async () => {
  expect(await resultOf(() => ({}))).toEqual({
    passed: 4,
    failed: 0,
    skipped: 0,
    unsteady: [],
    failedFiles: [],
  });
});

test("the gate counts a file that fails alone as well as failed", async () => {
  const failed = { counts: { passed: 1, failed: 1, skipped: 0 }, code: 1 };
  expect(await resultOf((files) => files.includes("b") ? { ...failed, failing: ["b"] } : {}))
    .toEqual({
      passed: 5,
      failed: 1,
      skipped: 0,
      unsteady: [],
      failedFiles: ["b"],
    });
});

test("the gate names a file that fails beside others and passes alone", async () => {
  const failed = { counts: { passed: 1, failed: 1, skipped: 0 }, code: 1, failing: ["c"] };
  expect(await resultOf((files, attempt) => files === "c" && attempt === 1 ? failed : {})).toEqual({
    passed: 4,
    failed: 0,
    skipped: 0,
    unsteady: ["c"],
    failedFiles: [],
  });
});

test.each([
  ["without an end", { counts: null, code: 137 }],
  ["that ends badly for no test's sake", { code: 1 }],
])("the gate counts a run %s as a failure", async (_name, bad) => {
  const { failed, failedFiles } = await resultOf((files) => files === "c" ? bad : {});
  expect({ failed, failedFiles }).toEqual({ failed: 1, failedFiles: ["c"] });
});

test("the gate finds the failing files in what a portion said", () => {
  const said = "\ntests/a_test.ts:\n(pass) x\n\ntests/b_test.ts:\n(pass) y\n(fail) z\n";
  expect(portionRun(["tests/a_test.ts", "tests/b_test.ts"], said, 1).failing)
    .toEqual(["tests/b_test.ts"]);
});
