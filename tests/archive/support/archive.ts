/** What archive tests share: temporary data directories, blocks of lines, runs read back as text. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRun, type RunOptions, type RunWriter } from "../../../src/archive/run_writer.ts";
import { type ArchivedBlock, readRun } from "../../../src/archive/run_reader.ts";
import type { Quarantined } from "../../../src/archive/manifest.ts";
import { SILENT_LOG } from "../../../src/log.ts";
import type { LineBlock } from "../../../src/model/line_block.ts";
import { type Clock, REAL_CLOCK } from "../../../src/runtime/clock.ts";
import { type FileSystem, REAL_FILES } from "../../../src/runtime/files.ts";

export const STARTED_AT_MS = Date.UTC(2025, 10, 21, 2, 42, 56);
export const ABOUT = { version: "0.0.0", sources: ["feed"], mappings: { feed: "1" } };

/** The real clock, but nobody waits: what is to happen later happens in the next turn. */
export const EAGER_CLOCK: Clock = {
  ...REAL_CLOCK,
  after: (_delayMs, task) => REAL_CLOCK.after(0, task),
};

/** Runs `task` with a directory that is gone afterwards. */
export async function withDirectory<T>(task: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "rackwatch-archive-"));
  try {
    return await task(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A block of the given lines, without their LFs. */
export function block(...lines: string[]): LineBlock {
  const bytes = new TextEncoder().encode(lines.map((line) => line + "\n").join(""));
  const ends: number[] = [];
  bytes.forEach((byte, index) => byte === 10 && ends.push(index));
  return { bytes, ends };
}

export function startRun(
  directory: string,
  options: Partial<RunOptions> = {},
): Promise<RunWriter> {
  return openRun({
    directory,
    startedAtMs: STARTED_AT_MS,
    about: ABOUT,
    files: REAL_FILES,
    clock: REAL_CLOCK,
    log: SILENT_LOG,
    ...options,
  });
}

export interface ReadBack {
  readonly text: string;
  readonly blocks: readonly ArchivedBlock[];
  readonly quarantined: readonly Quarantined[];
}

/** The whole of a run, or a range of it. */
export async function readBack(
  directory: string,
  runId: string,
  range: Pick<Parameters<typeof readRun>[0], "from" | "to"> = {},
  files: FileSystem = REAL_FILES,
): Promise<ReadBack> {
  const blocks: ArchivedBlock[] = [];
  const quarantined: Quarantined[] = [];
  const onQuarantined = (damage: Quarantined) => void quarantined.push(damage);
  for await (const found of readRun({ directory, runId, files, onQuarantined, ...range })) {
    blocks.push(found);
  }
  const text = blocks.map(({ block }) => new TextDecoder().decode(block.bytes)).join("");
  return { text, blocks, quarantined };
}
