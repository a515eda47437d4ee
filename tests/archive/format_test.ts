/** What FORMAT.md says, held against bytes that never change: tests/golden/archive/<format>. */
import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeRecord, encodeRecord, genesisHash } from "../../src/archive/index_record.ts";
import { checkRun } from "../../src/archive/run_check.ts";
import { type Clock, REAL_CLOCK } from "../../src/runtime/clock.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import { block, readBack, STARTED_AT_MS, startRun, withDirectory } from "./support/archive.ts";

interface GoldenAppend {
  readonly after_ms: number;
  readonly connection: number;
  /** Of an acknowledged stream: its name, and how many of its lines that makes. */
  readonly stream?: string;
  readonly stream_lines?: number;
  readonly lines: readonly string[];
}

const GOLDEN = join(import.meta.dir, "../golden/archive");
const RUN_ID = "stream_run_2025-11-21_02-42-56";

async function goldenAppends(name: string): Promise<GoldenAppend[]> {
  return JSON.parse(await readFile(join(GOLDEN, name, "appends.json"), "utf8"));
}

for (const name of readdirSync(GOLDEN)) {
  test(`${name}: the golden run reads as it was appended, and is intact`, () =>
    withDirectory(async (directory) => {
      await cp(join(GOLDEN, name), join(directory, RUN_ID), { recursive: true });
      const lines = (await goldenAppends(name)).flatMap((append) => append.lines);
      const { text } = await readBack(directory, RUN_ID);
      expect(text).toBe(lines.map((line) => line + "\n").join(""));
      const check = await checkRun({ directory, runId: RUN_ID, files: REAL_FILES });
      expect(check).toMatchObject({ isIntact: true, state: "closed" });
    }));
}

for (const golden of ["format_1", "format_1_streams"]) {
  test(`${golden}: the same appends write the golden bytes`, () =>
    withDirectory(async (directory) => {
      let nowMs = STARTED_AT_MS;
      const clock: Clock = { ...REAL_CLOCK, nowMs: () => nowMs };
      const run = await startRun(directory, { clock, limits: { archivePartBytesMax: 70 } });
      for (
        const { after_ms, lines, connection, stream, stream_lines } of await goldenAppends(golden)
      ) {
        nowMs += after_ms;
        const mark = stream === undefined ? undefined : { stream, lines: stream_lines ?? 0 };
        await run.append(block(...lines), connection, mark);
      }
      await run.close();
      const names = (await readdir(join(GOLDEN, golden))).filter((n) => n !== "appends.json");
      expect(await readdir(join(directory, run.runId)).then((found) => found.sort())).toEqual(
        names.sort(),
      );
      for (const name of names) {
        const written = await readFile(join(directory, run.runId, name), "utf8");
        expect(written).toBe(await readFile(join(GOLDEN, golden, name), "utf8"));
      }
    }));
}

test("an index record with any one byte changed is damaged", () => {
  const facts = {
    offset: 138,
    length: 20,
    lines: 2,
    crc32: 5,
    sha256: "0".repeat(64),
    arrivalMs: STARTED_AT_MS,
    connection: null,
    recovered: true,
  };
  const { line, hash } = encodeRecord(facts, genesisHash(RUN_ID));
  expect(decodeRecord(line.slice(0, -1))).toEqual({ ...facts, prev: genesisHash(RUN_ID), hash });
  for (let at = 0; at < line.length - 1; at++) {
    const changed = String.fromCharCode(line.charCodeAt(at) ^ 1);
    expect(decodeRecord(line.slice(0, at) + changed + line.slice(at + 1, -1))).toBeNull();
  }
});
