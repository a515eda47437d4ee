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

test("the gate counts what fails twice as failed, with all that the second run counted", async () => {
  const failed = { counts: { passed: 1, failed: 1, skipped: 0 }, code: 1, failing: ["b"] };
  expect(await resultOf((files) => files === "a b" ? failed : {})).toEqual({
    passed: 3,
    failed: 1,
    skipped: 0,
    unsteady: [],
    failedFiles: ["b"],
  });
});

test("the gate names a file that fails beside others and passes when it is run again", async () => {
  const failed = { counts: { passed: 1, failed: 1, skipped: 0 }, code: 1, failing: ["b"] };
  const result = await resultOf((files, attempt) => files === "a b" && attempt === 1 ? failed : {});
  expect(result).toEqual({ passed: 4, failed: 0, skipped: 0, unsteady: ["b"], failedFiles: [] });
});

test("the gate runs what failed again with nothing beside it", async () => {
  let atOnce = 0;
  const seen: number[] = [];
  await runPortions([["a"], ["b"], ["c"]], {
    jobs: 3,
    run: async (files) => {
      seen.push(++atOnce);
      await Promise.resolve();
      atOnce--;
      return { files, counts: { passed: 0, failed: 1, skipped: 0 }, code: 1, failing: [] };
    },
  });
  expect(seen).toEqual([1, 2, 3, 1, 1, 1]);
});

test.each([
  ["without an end", { counts: null, code: 137 }],
  ["that ends badly for no test's sake", { code: 1 }],
])("the gate counts a run %s as a failure", async (_name, bad) => {
  const { failed, failedFiles } = await resultOf((files) => files === "c" ? bad : {});
  expect({ failed, failedFiles }).toEqual({ failed: 1, failedFiles: ["c"] });
});

test.each([
  ["plainly", "\ntests/a_test.ts:\n(pass) x\n\ntests/b_test.ts:\n(pass) y\n(fail) z\n"],
  ["in colours", "\ntests/b_test.ts:\n\u001b[31m(fail)\u001b[0m z\n"],
  ["with folds", "\n::group::tests/b_test.ts:\n(fail) z\n::endgroup::\n"],
])("the gate finds the failing files in what a portion said %s", (_how, said) => {
  expect(portionRun(["tests/a_test.ts", "tests/b_test.ts"], said, 1).failing)
    .toEqual(["tests/b_test.ts"]);
});
