import { expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { listFiles } from "../../src/sources/file_source.ts";
import { isNamedBy } from "../../src/sources/named_files.ts";

const FILES = ["a.csv", "b.json", "deep/c.csv", "deep/er/d.csv", "e [1].csv"];
const PATTERNS = ["a.csv", "*.csv", "**/*.csv", "deep/**", "*.{csv,json}", "dee?/*", "../*.csv"];

test("isNamedBy says of each file what listFiles finds", async () => {
  const base = await mkdtemp(join(tmpdir(), "rackwatch-named-"));
  try {
    for (const file of FILES) {
      await mkdir(dirname(join(base, file)), { recursive: true });
      await writeFile(join(base, file), "");
    }
    for (const pattern of [...PATTERNS, join(base, "deep/*.csv")]) {
      const listed = await listFiles([pattern], base);
      const named = FILES.map((file) => join(base, file)).filter((path) =>
        isNamedBy([pattern], base, path)
      );
      expect({ pattern, named: named.sort() }).toEqual({ pattern, named: listed });
    }
  } finally {
    await rm(base, { recursive: true });
  }
});

test("isNamedBy: none of the patterns is enough for a file beside or above them", () => {
  const names = (path: string) => isNamedBy(["lab/*.csv", "one.csv"], "/data", path);
  expect(names("/data/lab/a.csv")).toBe(true);
  for (const path of ["/data/lab/b/a.csv", "/data/a.csv", "/a.csv", "/lab/a.csv", "/etc/passwd"]) {
    expect({ path, isNamed: names(path) }).toEqual({ path, isNamed: false });
  }
});
