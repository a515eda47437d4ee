import { expect, test } from "bun:test";
import { appendFile, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { decodeRecord } from "../../src/archive/index_record.ts";
import { recoverRuns } from "../../src/archive/recovery.ts";
import { checkRun } from "../../src/archive/run_check.ts";
import type { RunWriter } from "../../src/archive/run_writer.ts";
import { StreamTable } from "../../src/archive/streams.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { type FileSystem, REAL_FILES } from "../../src/runtime/files.ts";
import { type Random, seededRandom } from "../../src/runtime/random.ts";
import { block, EAGER_CLOCK, readBack, startRun, withDirectory } from "./support/archive.ts";
import { FaultyFiles } from "./support/faulty_files.ts";
import { SimulatedDisk } from "./support/simulated_disk.ts";

const DIRECTORY = "/data/live_data";

const recover = (directory: string, files: FileSystem = REAL_FILES) =>
  recoverRuns({ directory, files, clock: EAGER_CLOCK, log: SILENT_LOG });

/** Appends the stream's next lines, `<stream>:<number>`. */
function appendTo(run: RunWriter, stream: string, first: number, count: number, connection = 1) {
  const lines = Array.from({ length: count }, (_, i) => `${stream}:${first + i}`);
  return run.append(block(...lines), connection, { stream, lines: first + count - 1 });
}

test("an index record says of which stream its lines are, and how many that makes", () =>
  withDirectory(async (directory) => {
    const run = await startRun(directory);
    await Promise.all([
      appendTo(run, "a", 1, 2),
      appendTo(run, "a", 3, 1),
      appendTo(run, "b", 1, 1, 2),
    ]);
    await run.append(block("plain"), 3);
    await run.close();
    const index = await readFile(join(directory, run.runId, "part-000000.index"), "utf8");
    const records = index.trimEnd().split("\n").map(decodeRecord);
    expect(records.map((record) => [record?.stream, record?.lines])).toEqual([
      [{ stream: "a", lines: 3 }, 3],
      [{ stream: "b", lines: 1 }, 1],
      [undefined, 1],
    ]);
  }));

test("a stream's count goes on over runs, also where the newest runs have none of its lines", () =>
  withDirectory(async (directory) => {
    const first = await startRun(directory);
    await appendTo(first, "a", 1, 7);
    expect(first.streamLines("a")).toBe(7);
    await first.close();
    await (await startRun(directory)).close();
    const third = await startRun(directory);
    expect([third.streamLines("a"), third.streamLines("new")]).toEqual([7, 0]);
    await third.close();
  }));

test("a run that is closed in order, or without streams, leaves no intent", () =>
  withDirectory(async (directory) => {
    const limits = { archivePartBytesMax: 8 };
    const run = await startRun(directory, { limits });
    for (let n = 1; n < 6; n++) await appendTo(run, "a", n, 1);
    await run.append(block("plain"), 2);
    await run.close();
    const names = await REAL_FILES.list(join(directory, run.runId));
    expect(names.filter((name) => name.endsWith(".intent"))).toEqual([]);
    expect(names.length).toBeGreaterThan(5);
  }));

test("of too many streams, the one quiet for longest is forgotten", () => {
  const table = new StreamTable([{ stream: "a", lines: 1 }, { stream: "b", lines: 2 }], 2);
  table.set({ stream: "a", lines: 3 });
  table.set({ stream: "c", lines: 4 });
  expect(table.list()).toEqual([{ stream: "a", lines: 3 }, { stream: "c", lines: 4 }]);
  expect(table.lines("b")).toBe(0);
});

/** Killed with the bytes of a group written, of two streams and a plain connection, and no record. */
async function crashedRun(directory: string): Promise<string> {
  const files = new FaultyFiles();
  const run = await startRun(directory, { files, clock: EAGER_CLOCK });
  await appendTo(run, "a", 1, 2);
  files.fault = (operation, path) =>
    operation === "datasync" && path.endsWith(".ndjson") ? new Error("killed") : null;
  await Promise.allSettled([
    appendTo(run, "a", 3, 2, 1),
    run.append(block("plain"), 2),
    appendTo(run, "b", 1, 1, 3),
  ]);
  await files.crash();
  return run.runId;
}

interface Damage {
  readonly name: string;
  readonly damage: (file: (name: string) => string) => Promise<void>;
  readonly text: string;
  readonly streams: readonly [a: number, b: number];
}

const CONFIRMED = "a:1\na:2\n";
const TABLE: readonly Damage[] = [
  {
    name: "nothing",
    damage: () => Promise.resolve(),
    text: CONFIRMED + "a:3\na:4\nplain\nb:1\n",
    streams: [4, 1],
  },
  {
    name: "the part cut within the last append",
    damage: (file) => truncate(file("part-000000.ndjson"), 25),
    text: CONFIRMED + "a:3\na:4\nplain\n",
    streams: [4, 0],
  },
  {
    name: "the part cut after a whole line of an append of two",
    damage: (file) => truncate(file("part-000000.ndjson"), 12),
    text: CONFIRMED,
    streams: [2, 0],
  },
  {
    name: "bytes behind what was intended",
    damage: (file) => appendFile(file("part-000000.ndjson"), "a:5\n"),
    text: CONFIRMED + "a:3\na:4\nplain\nb:1\n",
    streams: [4, 1],
  },
  {
    name: "an intent that never reached the disk",
    damage: (file) => writeFile(file("part-000000.intent"), ""),
    text: CONFIRMED,
    streams: [2, 0],
  },
  {
    name: "an intent of zeros",
    damage: (file) => writeFile(file("part-000000.intent"), new Uint8Array(4_096)),
    text: CONFIRMED,
    streams: [2, 0],
  },
  {
    name: "the intent of the group before",
    damage: async (file) =>
      await writeFile(file("part-000000.intent"), await readFile(file("part-000000.index"))),
    text: CONFIRMED,
    streams: [2, 0],
  },
  {
    name: "an index whose only record is damaged: confirmed lines stay",
    damage: async (file) => {
      const index = await readFile(file("part-000000.index"));
      index[12]! ^= 1;
      await writeFile(file("part-000000.index"), index);
    },
    text: CONFIRMED + "a:3\na:4\nplain\nb:1\n",
    streams: [4, 1],
  },
  {
    name: "a damaged index and no intent: confirmed lines stay",
    damage: async (file) => {
      const index = await readFile(file("part-000000.index"));
      index[12]! ^= 1;
      await writeFile(file("part-000000.index"), index);
      await writeFile(file("part-000000.intent"), "");
    },
    text: CONFIRMED + "a:3\na:4\nplain\nb:1\n",
    streams: [0, 0],
  },
  {
    name: "no manifest",
    damage: (file) => REAL_FILES.remove(file("manifest.json")),
    text: CONFIRMED + "a:3\na:4\nplain\nb:1\n",
    streams: [4, 1],
  },
];

for (const { name, damage, text, streams } of TABLE) {
  test(`a kill between bytes and records, and ${name}: what is kept is counted`, () =>
    withDirectory(async (directory) => {
      const runId = await crashedRun(directory);
      await damage((file) => join(directory, runId, file));
      const [recovered] = await recover(directory);
      expect(recovered?.bytes).toBe(text.length);
      expect((await readBack(directory, runId)).text).toBe(text);
      expect(await checkRun({ directory, runId, files: REAL_FILES })).toMatchObject({
        isIntact: true,
      });
      const next = await startRun(directory);
      expect([next.streamLines("a"), next.streamLines("b")]).toEqual([...streams]);
      await next.close();
    }));
}

test(
  "property: over kills and power cuts at any operation, each line of a stream is there once",
  () =>
    fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.array(fc.record({ cutAfter: fc.nat(90), cutAgainAfter: fc.nat(60) }), { maxLength: 5 }),
        async (seed, lives) => {
          const random = seededRandom(seed);
          const disk = new SimulatedDisk();
          await disk.makeDirectory("/data");
          await disk.syncDirectory("/");
          const agents = new Agents();
          for (const { cutAfter, cutAgainAfter } of lives) {
            disk.operationsLeft = cutAfter;
            await agents.sendUntilCut(disk, random).catch(() => {});
            crash(disk, random);
            disk.operationsLeft = cutAgainAfter;
            await recover(DIRECTORY, disk).catch(() => {});
            crash(disk, random);
            await recover(DIRECTORY, disk);
            await agents.expectAll(disk);
          }
        },
      ),
      { numRuns: 300 },
    ),
  60_000,
);

/** A killed process leaves what it wrote, synced or not; a power cut only what was synced for sure. */
function crash(disk: SimulatedDisk, random: Random): void {
  if (random.next() < 0.5) disk.restore(random);
  disk.operationsLeft = Infinity;
}

const STREAMS = ["a", "b"];

/** Two acknowledging agents and one that is not; they go on where the archive says. */
class Agents {
  readonly #acked = new Map<string, number>();
  #plain: string[] = [];

  async sendUntilCut(disk: SimulatedDisk, random: Random): Promise<void> {
    const limits = { archivePartBytesMax: 60, archiveGroupBytesMax: 50 };
    const run = await startRun(DIRECTORY, { files: disk, clock: EAGER_CLOCK, limits });
    const sent = new Map(STREAMS.map((stream) => [stream, run.streamLines(stream)]));
    for (let groups = 0; groups < 8; groups++) {
      const appends = Array.from({ length: 1 + Math.floor(random.next() * 5) }, () => {
        const connection = Math.floor(random.next() * 3);
        const stream = STREAMS[connection];
        return stream === undefined
          ? this.#sendPlain(run, random)
          : this.#send(run, stream, sent, 1 + Math.floor(random.next() * 3), connection);
      });
      const settled = await Promise.allSettled(appends);
      for (const result of settled) if (result.status === "rejected") throw result.reason;
    }
    await run.close();
  }

  async #send(
    run: RunWriter,
    stream: string,
    sent: Map<string, number>,
    count: number,
    connection: number,
  ): Promise<void> {
    const before = sent.get(stream) ?? 0;
    sent.set(stream, before + count);
    await appendTo(run, stream, before + 1, count, connection);
    this.#acked.set(stream, before + count);
  }

  async #sendPlain(run: RunWriter, random: Random): Promise<void> {
    const line = `plain:${Math.floor(random.next() * 1e6)}`;
    await run.append(block(line), 2);
    this.#plain.push(line);
  }

  /** All that was confirmed is there; of a stream each line once, in order, as many as it is told. */
  async expectAll(disk: SimulatedDisk): Promise<void> {
    const lines: string[] = [];
    for (const runId of await disk.list(DIRECTORY)) {
      const { text, quarantined } = await readBack(DIRECTORY, runId, {}, disk);
      expect(quarantined).toEqual([]);
      lines.push(...text.split("\n").slice(0, -1));
      const check = await checkRun({ directory: DIRECTORY, runId, files: disk });
      expect(check).toMatchObject({ isIntact: true, bytes: text.length });
    }
    expect(lines).toEqual(expect.arrayContaining(this.#plain));
    const next = await startRun(DIRECTORY, { files: disk, clock: EAGER_CLOCK });
    for (const stream of STREAMS) {
      const numbers = lines.filter((line) => line.startsWith(`${stream}:`))
        .map((line) => Number(line.slice(stream.length + 1)));
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      expect(numbers.length).toBeGreaterThanOrEqual(this.#acked.get(stream) ?? 0);
      expect(next.streamLines(stream)).toBe(numbers.length);
    }
    await next.close();
  }
}
