/** What `bun test` counted, read from the summary at the end of what it said. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  /** Skipped ones and those still to be written. */
  readonly skipped: number;
}

/** Null where there is no summary, or one that does not add up: the run did not come to its end. */
export function countsOf(said: string): TestCounts | null {
  const text = plain(said);
  const [, counts, ran] =
    [...text.matchAll(/\n((?: *\d+ [a-z() ]+\n)+)Ran (\d+) tests? across \d+ files?/g)].at(-1) ??
      [];
  if (counts === undefined) return null;
  const count = (word: string) =>
    Number(new RegExp(`^ *(\\d+) ${word}$`, "m").exec(counts)?.[1] ?? 0);
  const passed = count("pass"), failed = count("fail"), skipped = count("skip") + count("todo");
  return passed + failed + skipped === Number(ran) ? { passed, failed, skipped } : null;
}

/** Without colours. */
export function plain(said: string): string {
  // deno-lint-ignore no-control-regex
  return said.replace(/\u001b\[[0-9;]*m/g, "");
}
