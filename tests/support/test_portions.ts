/**
 * All test files in portions, each in a `bun test` of its own: what one portion leaves on its heap
 * slows down no other, and several run side by side. A portion in which something fails is run once
 * more, the same files in one process, with nothing beside it. What that comes to is what counts; if
 * all passes then, the files that had failed are named as unsteady.
 */
import { dirname } from "node:path";
import { countsOf, plain, type TestCounts } from "./test_counts.ts";

/** Of one room; more of them, and the rooms of many files are all that is left at the end. */
const FILES_MAX = 8;

/** Whose files take long, each for itself: they go first. */
const LONG = ["tests/e2e", "tests/simulation", "tests/fuzz"];

export interface PortionRun {
  readonly files: readonly string[];
  /** Null where it did not come to its end. */
  readonly counts: TestCounts | null;
  readonly code: number;
  /** Files with a failure, as far as what was said tells. */
  readonly failing: readonly string[];
}

export interface PortionsResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Files that failed beside other portions and passed without. */
  readonly unsteady: readonly string[];
  readonly failedFiles: readonly string[];
}

export interface PortionsOptions {
  /** Portions that run at a time. */
  readonly jobs: number;
  /** Runs these files in one process, and says what they said. */
  readonly run: (files: readonly string[]) => Promise<PortionRun>;
}

/** @param files Paths as `tests/room/name_test.ts`. */
export function portionsOf(files: readonly string[]): string[][] {
  const rooms = Map.groupBy([...files].sort(), (file) => dirname(file));
  const long = LONG.flatMap((room) => rooms.get(room) ?? []).map((file) => [file]);
  const others = [...rooms].filter(([room]) => !LONG.includes(room)).flatMap(([, each]) =>
    Array.from(
      { length: Math.ceil(each.length / FILES_MAX) },
      (_, i) => each.slice(i * FILES_MAX, (i + 1) * FILES_MAX),
    )
  );
  return [...long, ...others];
}

/** Runs all portions, and then once more, one after the other, those that failed. */
export async function runPortions(
  portions: readonly (readonly string[])[],
  { jobs, run }: PortionsOptions,
): Promise<PortionsResult> {
  const waiting = [...portions];
  const runs: PortionRun[] = [];
  const job = async () => {
    for (let files = waiting.shift(); files !== undefined; files = waiting.shift()) {
      runs.push(await run(files));
    }
  };
  await Promise.all(Array.from({ length: jobs }, job));
  const result = { passed: 0, failed: 0, skipped: 0 };
  const count = ({ counts, code }: PortionRun) => {
    result.passed += counts?.passed ?? 0;
    result.skipped += counts?.skipped ?? 0;
    // A run without an end, or one that ends badly for no test's sake, is a failure as well.
    result.failed += counts?.failed || (code === 0 && counts !== null ? 0 : 1);
  };
  const unsteady: string[] = [], failedFiles: string[] = [];
  for (const portion of runs) {
    if (hasPassed(portion)) {
      count(portion);
      continue;
    }
    const again = await run(portion.files);
    count(again);
    if (hasPassed(again)) unsteady.push(...failingOf(portion));
    else failedFiles.push(...failingOf(again));
  }
  return { ...result, unsteady, failedFiles };
}

function hasPassed({ counts, code }: PortionRun): boolean {
  return code === 0 && counts !== null && counts.failed === 0;
}

/** All of them where what was said does not tell. */
function failingOf({ failing, files }: PortionRun): readonly string[] {
  return failing.length > 0 ? failing : files;
}

/** What `bun test` of these files came to. */
export function portionRun(files: readonly string[], said: string, code: number): PortionRun {
  const failing = new Set<string>();
  let file = "";
  for (const line of plain(said).split("\n")) {
    // GitHub's log has a fold a file.
    file = /^(?:::group::)?(\S+_test\.ts):$/.exec(line)?.[1] ?? file;
    if (line.startsWith("(fail) ")) failing.add(file);
  }
  return {
    files,
    counts: countsOf(said),
    code,
    failing: files.filter((each) => failing.has(each)),
  };
}
