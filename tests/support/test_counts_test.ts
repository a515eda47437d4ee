import { expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countsOf } from "./test_counts.ts";

/** What `bun test` says of these files, run with nothing of this run's around. */
async function saidOf(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "rackwatch-counts-"));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
    const child = Bun.spawn([process.execPath, "test"], {
      cwd: directory,
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err] = await Promise.all(
      [child.stdout, child.stderr].map((stream) => new Response(stream).text()),
    );
    return `${out}\n${err}`;
  } finally {
    await rm(directory, { recursive: true });
  }
}

const IMPORT = `import { expect, test } from "bun:test";\n`;

test("the gate counts what passed, failed and was left out", async () => {
  const said = await saidOf({
    "a_test.ts": `${IMPORT}test("a", () => {}); test.skip("b", () => {}); test.todo("c");
      test("d", () => { expect(1).toBe(2); }); test("e", () => {});`,
    "b_test.ts": `${IMPORT}console.error("\\n 99 pass\\n 0 fail\\n"); test("f", () => {});`,
  });
  expect(countsOf(said)).toEqual({ passed: 3, failed: 1, skipped: 2 });
});

test("the gate counts a file that throws as a failure", async () => {
  const said = await saidOf({
    "a_test.ts": `${IMPORT}test("a", () => {});`,
    "b_test.ts": `throw new Error("no");`,
  });
  expect(countsOf(said)).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test("the gate takes a run that ends before its summary for none", async () => {
  const said = await saidOf({
    "a_test.ts": `${IMPORT}test("a", () => {}); test("b", () => process.kill(process.pid, 9));`,
  });
  expect(said).toContain("bun test");
  expect(countsOf(said)).toBeNull();
});

test("the gate takes a summary that does not add up for none", () => {
  expect(countsOf("\n 3 pass\n 0 fail\nRan 4 tests across 1 file. [1ms]")).toBeNull();
  expect(countsOf("\n 1 pass\n 0 fail\nRan 1 test across 1 file. [1ms]")).toEqual({
    passed: 1,
    failed: 0,
    skipped: 0,
  });
});
