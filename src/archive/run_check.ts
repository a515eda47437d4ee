/**
 * Whether a stream run is what was archived: every append against its CRC and SHA-256, every index
 * record against the chain, every part against the manifest. Reads all of it, changes nothing.
 */
import { join } from "node:path";
import type { FileSystem } from "../runtime/files.ts";
import { genesisHash, sha256 } from "./index_record.ts";
import { type Quarantined, readManifest } from "./manifest.ts";
import { listParts, partName } from "./names.ts";
import { walkPart } from "./part_walk.ts";

export interface RunCheck {
  readonly runId: string;
  /** `missing`: no manifest that can be read. */
  readonly state: "open" | "closed" | "missing";
  /** Good ones. */
  readonly appends: number;
  readonly lines: number;
  readonly bytes: number;
  readonly recoveredLines: number;
  readonly tornBytes: number;
  /** Ranges that are not what was archived, found now or named at recovery. */
  readonly quarantined: readonly Quarantined[];
  /** Parts whose index was changed after it was written, or that have bytes no append accounts for. */
  readonly alteredParts: readonly string[];
  /** What retention deleted: no longer to be checked, and no damage. The run is not whole. */
  readonly deletedParts: readonly number[];
  readonly deleted: Readonly<Record<"lines" | "bytes" | "appends", number>>;
  /** Nothing in `quarantined` or `alteredParts`. */
  readonly isIntact: boolean;
}

/** `directory` is `<data>/live_data`. */
export async function checkRun(
  options: { readonly directory: string; readonly runId: string; readonly files: FileSystem },
): Promise<RunCheck> {
  const { files, runId } = options;
  const runDirectory = join(options.directory, runId);
  const manifest = await readManifest(files, runDirectory);
  const sealed = new Map(manifest?.parts.map((part) => [part.part, part]));
  const parts = new Set([...sealed.keys(), ...await listParts(files, runDirectory)]);
  let quarantined = [...manifest?.quarantined ?? []];
  const altered = new Set<string>();
  const deleted = { lines: 0, bytes: 0, appends: 0 };
  const deletedParts: number[] = [];
  let appends = 0, lines = 0, bytes = 0;
  let chainHead: string | null = genesisHash(runId);
  for (const part of [...parts].sort((a, b) => a - b)) {
    const known = sealed.get(part);
    const partBytes = known?.bytes;
    for await (const event of walkPart({ files, runDirectory, part, chainHead, partBytes })) {
      if (event.kind === "chain_break") altered.add(partName(part));
      else if (event.kind === "quarantined") addOnce(quarantined, event.range);
      else if (event.kind === "end") chainHead = event.chainHead;
      else if (event.kind === "deleted") {
        deletedParts.push(part);
        deleted.lines += event.part.lines;
        deleted.bytes += event.part.bytes;
        deleted.appends += event.part.appends;
        quarantined = quarantined.filter((range) => range.part !== part);
      } else if (sha256(event.bytes) !== event.record.sha256) {
        const { offset, length } = event.record;
        addOnce(quarantined, { part, offset, length, reason: "checksum" });
      } else {
        appends++;
        lines += event.record.lines;
        bytes += event.record.length;
      }
    }
    const size = (await files.stat(join(runDirectory, `${partName(part)}.ndjson`)))?.bytes;
    if (known !== undefined && size !== undefined && size > known.bytes) {
      altered.add(partName(part));
    }
    if (known !== undefined && chainHead !== known.chainHead) altered.add(partName(part));
    chainHead = known?.chainHead ?? chainHead;
  }
  return {
    runId,
    state: manifest?.state ?? "missing",
    appends,
    lines,
    bytes,
    recoveredLines: manifest?.recoveredLines ?? 0,
    tornBytes: manifest?.tornBytes ?? 0,
    quarantined,
    alteredParts: [...altered].sort(),
    deletedParts,
    deleted,
    isIntact: quarantined.length === 0 && altered.size === 0,
  };
}

function addOnce(ranges: Quarantined[], range: Quarantined): void {
  const isKnown = ranges.some((known) =>
    known.part === range.part && known.offset === range.offset && known.length === range.length
  );
  if (!isKnown) ranges.push(range);
}
