import { expect, test } from "bun:test";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { seekIndex } from "../../src/archive/index_file.ts";
import { encodeRecord, genesisHash } from "../../src/archive/index_record.ts";
import { readRun } from "../../src/archive/run_reader.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import { block, readBack, startRun, withDirectory } from "./support/archive.ts";

const line = fc.string({ maxLength: 12 }).map((text) => text.replaceAll("\n", " "));
const appends = fc.array(
  fc.record({ connection: fc.nat(2), lines: fc.array(line, { minLength: 1, maxLength: 4 }) }),
  { minLength: 1, maxLength: 12 },
);

test("property: reading from any line on gives exactly the lines from there", () =>
  fc.assert(
    fc.asyncProperty(appends, fc.nat(), (blocks, pick) =>
      withDirectory(async (directory) => {
        const run = await startRun(directory, { limits: { archivePartBytesMax: 40 } });
        const places = await Promise.all(
          blocks.map(({ connection, lines }) => run.append(block(...lines), connection)),
        );
        await run.close();
        // Every line's place, also those in the middle of an append.
        const all = blocks.flatMap(({ lines }, index) => {
          let offset = places[index]?.offset ?? 0;
          return lines.map((text) => {
            const from = { part: places[index]?.part ?? 0, offset };
            offset += Buffer.byteLength(text) + 1;
            return { text: text + "\n", from };
          });
        });
        const first = pick % all.length;
        const { text, quarantined } = await readBack(directory, run.runId, {
          from: all[first]?.from,
        });
        expect(text).toBe(all.slice(first).map((entry) => entry.text).join(""));
        const until = await readBack(directory, run.runId, { to: all[first]?.from });
        expect(until.text).toBe(all.slice(0, first).map((entry) => entry.text).join(""));
        expect(quarantined).toEqual([]);
      })),
    { numRuns: 25 },
  ));

test("a run is read while it is written, up to its durable end", () =>
  withDirectory(async (directory) => {
    const run = await startRun(directory);
    await run.append(block("one"), 1);
    expect((await readBack(directory, run.runId)).text).toBe("one\n");
    await run.append(block("two"), 1);
    const from = { part: 0, offset: 4 };
    expect((await readBack(directory, run.runId, { from })).text).toBe("two\n");
    await run.close();
  }));

test("what is appended to a part while it is being read is not skipped when the next part begins", () =>
  withDirectory(async (directory) => {
    const run = await startRun(directory, { limits: { archivePartBytesMax: 12 } });
    await run.append(block("one"), 1);
    const blocks = readRun({ directory, runId: run.runId, files: REAL_FILES });
    const seen: string[] = [];
    for await (const found of blocks) {
      seen.push(new TextDecoder().decode(found.block.bytes).trim());
      if (seen.length > 1) continue;
      for (const text of ["two", "six", "ten"]) await run.append(block(text), 1);
    }
    await run.close();
    expect(seen).toEqual(["one", "two", "six", "ten"]);
  }));

test("a sealed part that was compressed reads the same", () =>
  withDirectory(async (directory) => {
    const run = await startRun(directory, { limits: { archivePartBytesMax: 3_000_000 } });
    const lines = Array.from({ length: 60 }, (_, index) => `${index} `.repeat(20_000));
    for (const text of lines) await run.append(block(text), 1);
    await run.close();
    const before = await readBack(directory, run.runId);
    const path = join(directory, run.runId, "part-000000.ndjson");
    await writeFile(`${path}.zst`, zstdCompressSync(await readFile(path)));
    await rm(path);
    const after = await readBack(directory, run.runId);
    expect(after.quarantined).toEqual([]);
    expect(after.text === before.text).toBe(true);
  }));

test("a compressed part that is damaged is quarantined, and later parts are read", () =>
  withDirectory(async (directory) => {
    const run = await startRun(directory, { limits: { archivePartBytesMax: 4 } });
    await run.append(block("one"), 1);
    await run.append(block("two"), 1);
    await run.close();
    const path = join(directory, run.runId, "part-000000.ndjson");
    await rm(path);
    await writeFile(`${path}.zst`, "not zstd");
    const { text, quarantined } = await readBack(directory, run.runId);
    expect(text).toBe("two\n");
    expect(quarantined).toEqual([{ part: 0, offset: 0, length: 4, reason: "unreadable" }]);
  }));

test("a part that is gone is named, and later parts are read", () =>
  withDirectory(async (directory) => {
    const run = await startRun(directory, { limits: { archivePartBytesMax: 4 } });
    await run.append(block("one"), 1);
    await run.append(block("two"), 1);
    await run.close();
    await rm(join(directory, run.runId, "part-000000.ndjson"));
    await rm(join(directory, run.runId, "part-000000.index"));
    const { text, quarantined } = await readBack(directory, run.runId);
    expect(text).toBe("two\n");
    expect(quarantined).toEqual([{ part: 0, offset: 0, length: 4, reason: "missing" }]);
  }));

test("property: seeking in a large index lands at or before the record of an offset", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "large.index");
    let text = "", chainHead = genesisHash("run");
    for (let index = 0; index < 6_000; index++) {
      const facts = {
        offset: index * 10,
        length: 10,
        lines: 1,
        crc32: 0,
        sha256: "",
        arrivalMs: 0,
        connection: 1,
        recovered: false,
      };
      const { line, hash } = encodeRecord(facts, chainHead);
      chainHead = hash;
      text += line;
    }
    await writeFile(path, text);
    const file = await REAL_FILES.open(path, "read");
    const property = fc.asyncProperty(fc.nat(60_010), async (offset) => {
      const at = await seekIndex(file, text.length, offset);
      const [first] = text.slice(at, at + 400).split("\n");
      expect(text[at - 1] ?? "\n").toBe("\n");
      expect((JSON.parse(first ?? "") as { offset: number }).offset).toBeLessThanOrEqual(offset);
      const record = text.indexOf(`{"offset":${Math.min(Math.floor(offset / 10), 5_999) * 10},`);
      expect(record - at).toBeLessThan(600_000); // of 1.6 MB: it did seek
    });
    await fc.assert(property, { numRuns: 50 });
    await file.close();
  }));
