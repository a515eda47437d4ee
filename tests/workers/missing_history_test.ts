import { expect, test } from "bun:test";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { historyFiles } from "../../src/generator/history.ts";
import { writeMissingHistory } from "../../src/workers/missing_history.ts";
import { temporaryDirectory } from "../support/rackwatch.ts";

const FLEET = { rows: 50, hosts: 3, seed: 1, endMs: Date.UTC(2026, 0, 31) };

test("a file that is there is left as it is, the others are written", async () => {
  await using directory = await temporaryDirectory();
  const dataDir = directory.path;
  const [india] = historyFiles(dataDir);
  await mkdir(join(dataDir, "india_lab"));
  await writeFile(india!, "somebody's own\n");
  const written = await writeMissingHistory({ dataDir, ...FLEET });
  expect(written.map(({ region }) => region)).toEqual(["USA", "Germany"]);
  expect(await readFile(india!, "utf8")).toBe("somebody's own\n");
});

test("a region alone gets the rows that it has among all", async () => {
  await using directory = await temporaryDirectory();
  const dataDir = directory.path;
  await writeMissingHistory({ dataDir, ...FLEET });
  const [, , germany] = historyFiles(dataDir);
  const before = await readFile(germany!);
  await rm(germany!);
  expect(await writeMissingHistory({ dataDir, ...FLEET })).toHaveLength(1);
  expect((await readFile(germany!)).equals(before)).toBe(true);
});

test("with all files there nothing is written", async () => {
  await using directory = await temporaryDirectory();
  await writeMissingHistory({ dataDir: directory.path, ...FLEET });
  expect(await writeMissingHistory({ dataDir: directory.path, ...FLEET })).toEqual([]);
});
