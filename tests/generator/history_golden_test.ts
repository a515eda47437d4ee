import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeHistory } from "../../src/generator/history.ts";
import { withDirectory } from "./temporary_directory.ts";

const GOLDEN = join(import.meta.dir, "../golden/generator");

// The same bytes on any machine and in any later version: whoever changes them says so here.
for (const name of readdirSync(GOLDEN)) {
  test(`history golden: ${name} comes out byte by byte`, () =>
    withDirectory(async (dataDir) => {
      const { end, ...options } = await Bun.file(join(GOLDEN, name, "options.json")).json();
      const files = await writeHistory({ dataDir, endMs: Date.parse(end), ...options });
      for (const file of files) {
        const expected = await readFile(join(GOLDEN, name, file.path.slice(dataDir.length + 1)));
        expect(Buffer.compare(await readFile(file.path), expected)).toBe(0);
      }
    }));
}
