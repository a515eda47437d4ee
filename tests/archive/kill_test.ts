import { expect, test } from "bun:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { recoverRun } from "../../src/archive/recovery.ts";
import { checkRun } from "../../src/archive/run_check.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { readBack, withDirectory } from "./support/archive.ts";

interface Confirmed {
  readonly part: number;
  readonly offset: number;
  readonly text: string;
}

for (const seed of [1, 2, 3, 4, 5]) {
  test(`SIGKILL at a random moment (${seed}): every confirmed line is there, byte for byte`, () =>
    withDirectory(async (directory) => {
      const confirmed = await appendUntilKilled(directory, seed);
      expect(confirmed.length).toBeGreaterThan(0);
      const [runId = ""] = await readdir(directory);
      const options = { directory, files: REAL_FILES, clock: REAL_CLOCK, log: SILENT_LOG };
      expect(await recoverRun(runId, options)).toMatchObject({ quarantinedCount: 0 });
      for (const { part, offset, text } of confirmed) {
        const bytes = await readFile(join(directory, runId, `part-00000${part}.ndjson`));
        expect(bytes.toString("utf8", offset, offset + Buffer.byteLength(text))).toBe(text);
      }
      // What is read back is the parts, whole: each line once, in order, none torn.
      const { text, quarantined } = await readBack(directory, runId);
      expect(text.startsWith(confirmed.map((block) => block.text).join(""))).toBe(true);
      expect(quarantined).toEqual([]);
      expect(await checkRun({ directory, runId, files: REAL_FILES })).toMatchObject({
        isIntact: true,
        bytes: Buffer.byteLength(text),
      });
    }));
}

/** Kills the appender after a random number of confirmations; resolves to those it got out. */
async function appendUntilKilled(directory: string, seed: number): Promise<Confirmed[]> {
  const killAfter = 1 + Math.floor(seededRandom(seed).next() * 400);
  const script = join(import.meta.dir, "support/appender.ts");
  const child = Bun.spawn([process.execPath, script, directory, String(seed)], { stdout: "pipe" });
  const decoder = new TextDecoder();
  const confirmed: Confirmed[] = [];
  let rest = "";
  for await (const chunk of child.stdout) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) confirmed.push(JSON.parse(line) as Confirmed);
    if (confirmed.length >= killAfter) child.kill("SIGKILL");
  }
  await child.exited;
  return confirmed;
}
