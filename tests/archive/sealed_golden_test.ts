/** Runs as they were written once, read by today's code: `<case>/<run id>/…`, `<case>/expected.ndjson`. */
import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseRunId } from "../../src/archive/names.ts";
import { checkRun } from "../../src/archive/run_check.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import { readBack } from "./support/archive.ts";

const GOLDEN = resolve(import.meta.dir, "../golden/sealed_runs");

for (const name of readdirSync(GOLDEN).sort()) {
  test(`golden run ${name} reads as it was archived, and is intact`, async () => {
    const directory = join(GOLDEN, name);
    const runId = readdirSync(directory).find((entry) => parseRunId(entry) !== null)!;
    const back = await readBack(directory, runId);
    expect(back.text).toBe(await readFile(join(directory, "expected.ndjson"), "utf8"));
    expect(back.quarantined).toEqual([]);
    const check = await checkRun({ directory, runId, files: REAL_FILES });
    expect(check).toMatchObject({ isIntact: true, lines: back.text.split("\n").length - 1 });
  });
}
