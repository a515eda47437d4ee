/** The archive's lines as anybody would read them, split at LF, through whichever file is there. */
import { join } from "node:path";
import { listParts } from "../../src/archive/names.ts";
import { readRun } from "../../src/archive/run_reader.ts";
import { readTombstone } from "../../src/archive/tombstone.ts";
import { liveDirectory } from "../../src/workers/speed/archived_runs.ts";
import type { Ended } from "./checks.ts";
import { DATA_DIR } from "./life.ts";
import { SYNC_ZSTD } from "./zstd.ts";

export const DIRECTORY = liveDirectory(DATA_DIR);

export interface ArchivedLine {
  readonly runId: string;
  readonly part: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly connection: number | null;
  readonly isFlipped: boolean;
}

export async function readLines(
  ended: Ended,
  runId: string,
  faults: string[],
): Promise<ArchivedLine[]> {
  const lines: ArchivedLine[] = [];
  let bytes = 0;
  for await (const found of readWhole(ended, runId)) {
    const isFlipped = ended.flips.some((flip) =>
      flip.runId === runId && flip.part === found.part && flip.offset === found.offset
    );
    let start = 0;
    bytes += found.bytes.length;
    for (let end = 0; (end = found.bytes.indexOf(10, start)) >= 0; start = end + 1) {
      const { part, connection } = found;
      const line = found.bytes.subarray(start, end);
      lines.push({ runId, part, offset: found.offset + start, bytes: line, connection, isFlipped });
    }
    if (start !== found.bytes.length) faults.push(`archive: ${runId} has half a line`);
  }
  const confirmed = ended.archivedBytes.get(runId) ?? 0;
  const written = ended.writtenBytes.get(runId) ?? 0;
  if (bytes < confirmed) {
    faults.push(`archive: ${runId} has ${bytes} bytes, ${confirmed} were called archived`);
  } else if (bytes < written) {
    faults.push(`archive: ${runId} has ${bytes} bytes, a kill had left ${written}`);
  }
  return lines;
}

interface Stretch {
  readonly part: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly connection: number | null;
}

/** A run's bytes in order; of a part that retention deleted, as it was then. */
async function* readWhole({ disk, deleted }: Ended, runId: string): AsyncGenerator<Stretch> {
  const directory = join(DIRECTORY, runId);
  for (const part of await listParts(disk, directory)) {
    const tombstone = await readTombstone(disk, directory, part);
    if (tombstone !== null) {
      const bytes = await deleted.bytesOf(directory, tombstone);
      yield { part, offset: 0, bytes, connection: null };
      continue;
    }
    const from = { part, offset: 0 }, to = { part, offset: Infinity };
    const options = { directory: DIRECTORY, runId, files: disk, zstd: SYNC_ZSTD, from, to };
    for await (const { offset, block, connection } of readRun(options)) {
      yield { part, offset, bytes: block.bytes, connection };
    }
  }
}
