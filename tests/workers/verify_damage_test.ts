/** A table of damage to a live run that is wholly applied: where, what, what `verify` reads and says. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { appendFile, cp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { encodeDigested } from "../../src/archive/digested_json.ts";
import { retainLive } from "../../src/archive/live_retention.ts";
import { Sealer } from "../../src/archive/sealer.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import { type VerifyReport, verifyStore } from "../../src/workers/verify/verify_store.ts";
import { block, EAGER_CLOCK, startRun } from "../archive/support/archive.ts";
import { temporaryDirectory } from "../support/rackwatch.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { beginLife } from "./support/speed_lives.ts";

afterAll(stopStores);
setDefaultTimeout(60_000);

/** Three parts of two appends of two lines of 100 bytes; line 6 is no JSON. */
const LINE_BYTES = 100, APPEND_BYTES = 200, PART_BYTES = 400, LINES = 12;
const RUN_ID = "stream_run_2025-11-21_02-42-56";
const TOOLS = { files: REAL_FILES, clock: EAGER_CLOCK, log: SILENT_LOG };

function line(index: number): string {
  const timestamp = `2025-11-21T02:42:${String(index).padStart(2, "0")}Z`;
  const text = index === 6
    ? "no JSON"
    : JSON.stringify({ host_id: "us-1", timestamp, temp_c: 50, cpu_load: index });
  return text.padEnd(LINE_BYTES - 1, " ");
}

/** How the run lies there before it is damaged. */
type Form = "plain" | "packed" | "without its first part";

interface Damage {
  readonly form: Form;
  readonly what: string;
  /** Of the run's files, by name. */
  readonly damage: (file: (name: string) => string) => Promise<unknown>;
  /** Lines that are read and compared. */
  readonly reads: number;
  /** All that is said, each without the run's name. */
  readonly says: readonly string[];
}

const damaged = (part: number, offset: number, bytes: number, reason: string) =>
  `part-00000${part}.ndjson offset ${offset}: ${bytes} bytes are damaged (${reason})`;
const counts = (part: number, readings: number, rejects: number) =>
  `part-00000${part}.ndjson: the archive has ${readings} readings and ${rejects} rejects, ` +
  `the hot store ${part === 1 ? "3 and 1" : "4 and 0"}`;
const changed = (part: number) => `part-00000${part}: its index was changed after it was written`;
const NO_MANIFEST = "its manifest is missing or damaged";

const TABLE: readonly Damage[] = [
  ...(["plain", "packed", "without its first part"] as const).map((form): Damage => ({
    form,
    what: "nothing",
    damage: () => Promise.resolve(),
    reads: form === "without its first part" ? 8 : LINES,
    says: [],
  })),
  {
    form: "plain",
    what: "part: a flipped bit",
    damage: (file) => flip(file("part-000001.ndjson"), 250),
    reads: 10,
    says: [damaged(1, 200, 200, "checksum"), counts(1, 2, 0)],
  },
  {
    form: "plain",
    what: "part: a flipped bit in the last LF",
    damage: (file) => flip(file("part-000002.ndjson"), PART_BYTES - 1),
    reads: 10,
    says: [damaged(2, 200, 200, "checksum"), counts(2, 2, 0)],
  },
  {
    form: "plain",
    what: "part: cut within an append",
    damage: (file) => truncate(file("part-000001.ndjson"), 250),
    reads: 10,
    says: [damaged(1, 200, 200, "missing"), counts(1, 2, 0)],
  },
  {
    form: "plain",
    what: "part: emptied",
    damage: (file) => truncate(file("part-000001.ndjson"), 0),
    reads: 8,
    says: [damaged(1, 0, 200, "missing"), damaged(1, 200, 200, "missing"), counts(1, 0, 0)],
  },
  {
    form: "plain",
    what: "part: gone",
    damage: (file) => rm(file("part-000001.ndjson")),
    reads: 8,
    says: [damaged(1, 0, 200, "missing"), damaged(1, 200, 200, "missing"), counts(1, 0, 0)],
  },
  {
    form: "plain",
    what: "part: a line more",
    damage: (file) => appendFile(file("part-000001.ndjson"), line(3) + "\n"),
    reads: LINES,
    says: [changed(1)],
  },
  {
    form: "plain",
    what: "index: a flipped bit",
    damage: (file) => flip(file("part-000001.index"), 12),
    reads: 10,
    says: [damaged(1, 0, 200, "index"), changed(1), counts(1, 1, 1)],
  },
  {
    form: "plain",
    what: "index: a torn last record",
    damage: async (file) => {
      const path = file("part-000001.index");
      await truncate(path, (await readFile(path)).length - 40);
    },
    reads: 10,
    says: [damaged(1, 200, 200, "index"), changed(1), counts(1, 2, 0)],
  },
  {
    form: "plain",
    what: "index: emptied",
    damage: (file) => truncate(file("part-000001.index"), 0),
    reads: 8,
    says: [damaged(1, 0, 400, "index"), changed(1), counts(1, 0, 0)],
  },
  {
    form: "plain",
    what: "index: gone",
    damage: (file) => rm(file("part-000001.index")),
    reads: 8,
    says: [damaged(1, 0, 400, "index"), changed(1), counts(1, 0, 0)],
  },
  {
    form: "plain",
    what: "index: a record taken out",
    damage: async (file) => {
      const [, second] = (await readFile(file("part-000001.index"), "utf8")).split("\n");
      await writeFile(file("part-000001.index"), second + "\n");
    },
    reads: 10,
    says: [damaged(1, 0, 200, "index"), changed(1), counts(1, 1, 1)],
  },
  {
    form: "plain",
    what: "index: what is none, after the last record",
    damage: (file) => appendFile(file("part-000001.index"), "{}\n"),
    reads: LINES,
    says: [changed(1)],
  },
  {
    form: "plain",
    what: "part and index: gone",
    damage: async (file) => {
      await rm(file("part-000001.ndjson"));
      await rm(file("part-000001.index"));
    },
    reads: 8,
    says: [damaged(1, 0, 400, "missing"), changed(1), counts(1, 0, 0)],
  },
  {
    form: "plain",
    what: "manifest: a flipped bit in its times",
    damage: (file) =>
      replaceIn(file("manifest.json"), "2025-11-21T02:42:56Z", "2025-11-21T02:42:57Z"),
    reads: LINES,
    says: [NO_MANIFEST],
  },
  {
    form: "plain",
    what: "manifest: cut",
    damage: (file) => truncate(file("manifest.json"), 300),
    reads: LINES,
    says: [NO_MANIFEST],
  },
  {
    form: "plain",
    what: "manifest: gone",
    damage: (file) => rm(file("manifest.json")),
    reads: LINES,
    says: [NO_MANIFEST],
  },
  {
    form: "plain",
    what: "manifest: written anew with another number",
    damage: (file) => rewriteManifest(file, { lines: 13 }),
    reads: LINES,
    says: ["its manifest says 13 lines, and 12 in its parts; there are 12"],
  },
  {
    form: "plain",
    what: "a torn new manifest beside it",
    damage: (file) => writeFile(file("manifest.json.tmp"), '{"format":1,"sta'),
    reads: LINES,
    says: [],
  },
  {
    form: "plain",
    what: "an intent that a crash left",
    damage: (file) => writeFile(file("part-000002.intent"), '{"offset":0'),
    reads: LINES,
    says: [],
  },
  {
    form: "packed",
    what: "part: a flipped bit",
    damage: (file) => flip(file("part-000001.ndjson.zst"), 30),
    reads: 8,
    says: [damaged(1, 0, 200, "unreadable"), damaged(1, 200, 200, "unreadable"), counts(1, 0, 0)],
  },
  {
    form: "packed",
    what: "part: cut",
    damage: (file) => truncate(file("part-000001.ndjson.zst"), 40),
    reads: 8,
    says: [damaged(1, 0, 200, "missing"), damaged(1, 200, 200, "missing"), counts(1, 0, 0)],
  },
  {
    form: "packed",
    what: "part: emptied",
    damage: (file) => truncate(file("part-000001.ndjson.zst"), 0),
    reads: 8,
    says: [damaged(1, 0, 200, "missing"), damaged(1, 200, 200, "missing"), counts(1, 0, 0)],
  },
  {
    form: "packed",
    what: "part: gone",
    damage: (file) => rm(file("part-000001.ndjson.zst")),
    reads: 8,
    says: [damaged(1, 0, 200, "missing"), damaged(1, 200, 200, "missing"), counts(1, 0, 0)],
  },
  {
    form: "packed",
    what: "part: of other lines",
    damage: (file) =>
      writeFile(file("part-000001.ndjson.zst"), Bun.zstdCompressSync("x\n".repeat(200))),
    reads: 8,
    says: [damaged(1, 0, 200, "checksum"), damaged(1, 200, 200, "checksum"), counts(1, 0, 0)],
  },
  {
    form: "packed",
    what: "seek table: a flipped bit, the frames whole",
    damage: async (file) => {
      const path = file("part-000001.ndjson.zst");
      await flip(path, (await readFile(path)).length - 1);
    },
    reads: LINES,
    says: [],
  },
  {
    form: "packed",
    what: "index: a flipped bit",
    damage: (file) => flip(file("part-000001.index"), 12),
    reads: 10,
    says: [damaged(1, 0, 200, "index"), changed(1), counts(1, 1, 1)],
  },
  {
    form: "packed",
    what: "half a compressed part that a crash left",
    damage: (file) => writeFile(file("part-000002.ndjson.zst.tmp"), "half"),
    reads: LINES,
    says: [],
  },
  {
    form: "packed",
    what: "manifest: gone",
    damage: (file) => rm(file("manifest.json")),
    reads: LINES,
    says: [NO_MANIFEST],
  },
  {
    form: "without its first part",
    what: "tombstone: a flipped bit",
    damage: (file) => flip(file("part-000000.deleted"), 40),
    reads: 8,
    says: [damaged(0, 0, 400, "missing"), changed(0), counts(0, 0, 0)],
  },
  {
    form: "without its first part",
    what: "tombstone: cut",
    damage: (file) => truncate(file("part-000000.deleted"), 40),
    reads: 8,
    says: [damaged(0, 0, 400, "missing"), changed(0), counts(0, 0, 0)],
  },
  {
    form: "without its first part",
    what: "tombstone: gone",
    damage: (file) => rm(file("part-000000.deleted")),
    reads: 8,
    says: [damaged(0, 0, 400, "missing"), changed(0), counts(0, 0, 0)],
  },
  {
    form: "without its first part",
    what: "another part: a flipped bit",
    damage: (file) => flip(file("part-000001.ndjson"), 50),
    reads: 6,
    says: [damaged(1, 0, 200, "checksum"), counts(1, 1, 1)],
  },
];

for (const kind of await storesUnderTest()) {
  describe(`verify on ${kind.name}`, () => {
    let store: OpenStore;
    let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

    beforeAll(async () => {
      store = await kind.open();
      directory = await temporaryDirectory();
      await makeForms(directory.path, store);
    });
    afterAll(async () => {
      await store.close();
      await directory[Symbol.asyncDispose]();
    });

    async function reportAfter(form: Form, damage: Damage["damage"]): Promise<VerifyReport> {
      await using copy = await temporaryDirectory();
      const run = join(copy.path, "live_data", RUN_ID);
      await cp(join(directory.path, form, "live_data", RUN_ID), run, { recursive: true });
      await damage((name) => join(run, name));
      const report = await verifyStore({
        settings: { dataDir: copy.path, sources: [], configFile: null },
        database: store.database,
        tools: TOOLS,
        signal: new AbortController().signal,
        onProgress: () => {},
        isBeside: false,
      });
      return report!;
    }

    for (const { form, what, damage, reads, says } of TABLE) {
      test(`${form}, ${what}: what is read is compared, the rest is named`, async () => {
        const { same, runs } = await reportAfter(form, damage);
        expect(runs).toHaveLength(1);
        const [{ run, lines, differences }] = runs as [VerifyReport["runs"][number]];
        const said = differences.map((one) =>
          one.replace(/^(live_data\/)?stream_run[^/:]*(\/|: )/, "")
        );
        expect({ run, same, lines, said }).toEqual({
          run: RUN_ID,
          same: says.length === 0,
          lines: reads,
          said: [...says],
        });
      });
    }

    test("the whole run gone: the rows that are left of it are named", async () => {
      const report = await reportAfter("plain", (file) => rm(file(""), { recursive: true }));
      expect(report.runs).toMatchObject([{
        run: RUN_ID,
        differences: [
          `${RUN_ID}: the hot store has 11 readings and 1 rejects of it, and the archive has no such run`,
        ],
      }]);
    });

    for (const form of ["plain", "packed", "without its first part"] as const) {
      test(`property, ${form}: any one flipped bit is named, or changes no line`, async () => {
        const run = join(directory.path, form, "live_data", RUN_ID);
        const names = (await readdir(run)).sort();
        await fc.assert(
          fc.asyncProperty(fc.constantFrom(...names), fc.nat(), async (name, bit) => {
            const { same, runs } = await reportAfter(form, async (file) => {
              const { length } = await readFile(file(name));
              await flip(file(name), (bit >> 3) % length, 1 << (bit & 7));
            });
            // zstd has bits that say nothing of the bytes; then all of them are read.
            if (same && name.endsWith(".zst")) expect(runs[0]!.lines).toBe(LINES);
            else expect([name, same]).toEqual([name, false]);
          }),
          { numRuns: 60 },
        );
      });
    }
  });
}

/** The run in each of its forms, applied to the store once. */
async function makeForms(path: string, store: OpenStore): Promise<void> {
  const live = (form: Form) => join(path, form, "live_data");
  await REAL_FILES.makeDirectory(join(path, "plain"));
  const run = await startRun(live("plain"), {
    clock: EAGER_CLOCK,
    limits: { archivePartBytesMax: PART_BYTES, archiveGroupBytesMax: APPEND_BYTES },
  });
  for (let at = 0; at < LINES; at += 2) await run.append(block(line(at), line(at + 1)), 1);
  await run.close();
  expect(run.runId).toBe(RUN_ID);
  const life = beginLife({ dataDir: join(path, "plain"), database: store.database });
  await life.started;
  await life.layer.stop();
  for (const form of ["packed", "without its first part"] as const) {
    await cp(join(live("plain"), RUN_ID), join(live(form), RUN_ID), { recursive: true });
  }
  await new Sealer({ directory: live("packed"), ...TOOLS }).pass(new AbortController().signal);
  const rule = { ageMsMax: null, bytesMax: 1 };
  await retainLive(
    { directory: live("without its first part"), rule, ...TOOLS },
    () => Promise.resolve({ part: 0, offset: PART_BYTES }),
  );
}

async function flip(path: string, at: number, mask = 1): Promise<void> {
  const bytes = await readFile(path);
  bytes[at] = (bytes[at] ?? 0) ^ mask;
  await writeFile(path, bytes);
}

async function replaceIn(path: string, text: string, by: string): Promise<void> {
  const before = await readFile(path, "utf8");
  expect(before).toContain(text);
  await writeFile(path, before.replace(text, by));
}

/** As somebody would who knows the format. */
async function rewriteManifest(
  file: (name: string) => string,
  change: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { sha256: _sha256, ...manifest } = JSON.parse(
    await readFile(file("manifest.json"), "utf8"),
  );
  await writeFile(file("manifest.json"), encodeDigested({ ...manifest, ...change }));
}
