import { expect, test } from "bun:test";
import fc from "fast-check";
import { recoverRuns } from "../../src/archive/recovery.ts";
import { checkRun } from "../../src/archive/run_check.ts";
import type { RunWriter } from "../../src/archive/run_writer.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { readHead, replaceFile } from "../../src/runtime/files.ts";
import { type Random, seededRandom } from "../../src/runtime/random.ts";
import { block, EAGER_CLOCK, readBack, startRun } from "./support/archive.ts";
import { SimulatedDisk } from "./support/simulated_disk.ts";

const DIRECTORY = "/data/live_data";

test("property: a power cut at any operation loses nothing confirmed, and damages nothing", () =>
  fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(150), async (seed, cutAfter) => {
      const random = seededRandom(seed);
      const disk = new SimulatedDisk();
      await prepare(disk);
      disk.operationsLeft = cutAfter;
      const confirmed = await appendUntilCut(disk, random);
      disk.restore(random);
      await expectAll(disk, confirmed);
    }),
    { numRuns: 300 },
  ));

test("property: a power cut during recovery after a power cut or a kill loses nothing either", () =>
  fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(150), fc.nat(40), async (seed, cutAfter, cutAgainAfter) => {
      const random = seededRandom(seed);
      const disk = new SimulatedDisk();
      await prepare(disk);
      disk.operationsLeft = cutAfter;
      const confirmed = await appendUntilCut(disk, random);
      // Killed, a process leaves what it wrote in memory, synced or not: the next one reads it.
      if (random.next() < 0.5) disk.restore(random);
      disk.operationsLeft = cutAgainAfter;
      await recover(disk).catch(() => {});
      disk.restore(random);
      await expectAll(disk, confirmed);
    }),
    { numRuns: 300 },
  ));

test("a power cut at each operation of recovering a killed process's unsynced lines", async () => {
  for (let cutAfter = 0; cutAfter < 40; cutAfter++) {
    for (let seed = 0; seed < 6; seed++) {
      const disk = new SimulatedDisk();
      await prepare(disk);
      const run = await startRun(DIRECTORY, { files: disk, clock: EAGER_CLOCK });
      await run.append(block("confirmed"), 1);
      disk.operationsLeft = 1; // The next write, and not its sync.
      await run.append(block("written, not synced"), 1).catch(() => {});
      disk.operationsLeft = cutAfter;
      await recover(disk).catch(() => {});
      disk.restore(seededRandom(seed));
      await expectAll(disk, [{ runId: run.runId, text: "confirmed\n" }]);
    }
  }
});

test("property: a file that is replaced is the old one or the new one after a power cut", () =>
  fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(10), async (seed, cutAfter) => {
      const disk = new SimulatedDisk();
      await prepare(disk);
      const [old, next] = ["the old content", "the new content, longer"];
      await replaceFile(disk, "/data/x", new TextEncoder().encode(old));
      disk.operationsLeft = cutAfter;
      const replaced = await replaceFile(disk, "/data/x", new TextEncoder().encode(next))
        .then(() => true, () => false);
      disk.restore(seededRandom(seed));
      const found = new TextDecoder().decode(await readHead(disk, "/data/x", 100) ?? undefined);
      expect(replaced ? [next] : [old, next]).toContain(found);
    }),
    { numRuns: 300 },
  ));

interface Confirmed {
  readonly runId: string;
  readonly text: string;
}

async function prepare(disk: SimulatedDisk): Promise<void> {
  await disk.makeDirectory("/data");
  await disk.syncDirectory("/");
}

/** Appends, closes and opens runs until the power is gone; what was confirmed before, by run. */
async function appendUntilCut(disk: SimulatedDisk, random: Random): Promise<Confirmed[]> {
  const done: Confirmed[] = [];
  try {
    for (;;) {
      const limits = { archivePartBytesMax: 60, archiveGroupBytesMax: 50 };
      const run = await startRun(DIRECTORY, { files: disk, clock: EAGER_CLOCK, limits });
      const confirmed = { runId: run.runId, text: "" };
      done.push(confirmed);
      for (let groups = 0; groups < 6; groups++) {
        await appendSome(run, random, (text) => confirmed.text += text);
      }
      await run.close();
    }
  } catch {
    return done;
  }
}

async function appendSome(
  run: RunWriter,
  random: Random,
  confirm: (text: string) => void,
): Promise<void> {
  const appends = Array.from({ length: 1 + Math.floor(random.next() * 5) }, async () => {
    const line = "x".repeat(Math.floor(random.next() * 12)) + Math.floor(random.next() * 1e6);
    await run.append(block(line), Math.floor(random.next() * 2));
    confirm(line + "\n");
  });
  const settled = await Promise.allSettled(appends);
  for (const result of settled) if (result.status === "rejected") throw result.reason;
}

function recover(disk: SimulatedDisk) {
  return recoverRuns({ directory: DIRECTORY, files: disk, clock: EAGER_CLOCK, log: SILENT_LOG });
}

async function expectAll(disk: SimulatedDisk, runs: readonly Confirmed[]): Promise<void> {
  await recover(disk);
  for (const { runId, text } of runs) {
    const back = await readBack(DIRECTORY, runId, {}, disk);
    expect(back.quarantined).toEqual([]);
    expect(back.text.slice(0, text.length)).toBe(text);
    expect(back.text === "" || back.text.endsWith("\n")).toBe(true);
    const check = await checkRun({ directory: DIRECTORY, runId, files: disk });
    expect(check).toMatchObject({ isIntact: true, bytes: back.text.length });
  }
}
