/**
 * What a rebuild would change, before it does: archive and history read with the present
 * configuration into counts, beside the counts of the store in use. Writes nothing anywhere.
 */
import { METRICS } from "../../model/reading.ts";
import type { DeadLetter } from "../../model/record.ts";
import type { Reading } from "../../model/reading.ts";
import { digestFile } from "../../sources/file_source.ts";
import { querySourceCounts, type SourceCounts } from "../../store/queries/source_counts.ts";
import { FileLoader } from "../batch/file_loader.ts";
import { findHistoryFiles, type HistoryFile, historySources } from "../batch/sources.ts";
import { partOrigin, readNormalised } from "../speed/archived_runs.ts";
import { liveMapping } from "../speed/live_mapping.ts";
import { liveRunIds } from "./archive_replay.ts";
import type { RebuildOptions } from "./rebuild_store.ts";
import { CountedSource } from "./counted_source.ts";

export interface SourceChange {
  readonly layer: "speed" | "batch";
  readonly source: string;
  readonly before: SourceCounts | null;
  readonly after: SourceCounts | null;
  readonly changed: boolean;
}

export interface PreviewReport {
  readonly sources: readonly SourceChange[];
}

/** Null when it was stopped before its end. */
export async function previewRebuild(options: RebuildOptions): Promise<PreviewReport | null> {
  const before = await querySourceCounts(options.database);
  const after = new Map<string, CountedSource>();
  await countLive(options, countedIn(after, "speed", partOrigin("", 0).source));
  await countHistory(options, after);
  if (options.signal.aborted) return null;
  const names = new Set([...before.map(nameOf), ...after.keys()]);
  const sources = [...names].sort().map((name): SourceChange => {
    const [layer = "", source = ""] = JSON.parse(name) as string[];
    const was = before.find((one) => nameOf(one) === name)?.counts ?? null;
    const counted = after.get(name)?.counts() ?? null;
    const will = counted !== null && counted.readings + counted.rejects > 0 ? counted : null;
    const changed = !Bun.deepEquals(was, will);
    return {
      layer: layer === "speed" ? "speed" : "batch",
      source,
      before: was,
      after: will,
      changed,
    };
  });
  return { sources: sources.filter((one) => one.before !== null || one.after !== null) };
}

function nameOf({ layer, source }: { readonly layer: string; readonly source: string }): string {
  return JSON.stringify([layer, source]);
}

function countedIn(
  all: Map<string, CountedSource>,
  layer: string,
  source: string,
): CountedSource {
  const name = nameOf({ layer, source });
  const known = all.get(name) ?? new CountedSource();
  all.set(name, known);
  return known;
}

async function countLive(
  { settings, tools, signal, onProgress }: RebuildOptions,
  counted: CountedSource,
): Promise<void> {
  const { dataDir, sources, configFile } = settings;
  const { normalise } = liveMapping(sources, configFile ?? "configuration");
  const runs = await liveRunIds(dataDir, tools.files);
  const start = { part: 0, offset: 0 };
  let lines = 0;
  for (const [index, runId] of runs.entries()) {
    for await (const block of readNormalised(dataDir, runId, start, null, normalise, tools)) {
      if (signal.aborted) return;
      counted.add(block.readings, block.deadLetters);
      lines += block.lines;
      onProgress({ step: "reading live runs", fraction: index / runs.length, lines, what: runId });
    }
  }
}

async function countHistory(
  options: RebuildOptions,
  after: Map<string, CountedSource>,
): Promise<void> {
  const { dataDir, sources, configFile, demo } = options.settings;
  const declared = historySources(sources, configFile ?? "configuration", demo);
  const files = await findHistoryFiles(declared, dataDir);
  for (const [index, file] of files.entries()) {
    if (options.signal.aborted) return;
    const total = countedIn(after, "batch", file.declaration.name);
    await countFile(file, total, options, index / files.length);
  }
}

/** Nothing is stored or archived: what the loader hands on is counted. */
async function countFile(
  file: HistoryFile,
  total: CountedSource,
  { settings, signal, tools, onProgress }: RebuildOptions,
  fraction: number,
): Promise<void> {
  const counted = new CountedSource();
  const load = {
    replaces: false,
    append: (chunk: { readings: readonly Reading[]; deadLetters: readonly DeadLetter[] }) => {
      counted.add(chunk.readings, chunk.deadLetters);
      return Promise.resolve({ rows: chunk.readings.length, rejected: [] });
    },
    finish: () => Promise.resolve(total.merge(counted)),
    abandon: () => Promise.resolve(total.refuse("damaged_file")),
  };
  const archive = {
    addReadings: () => Promise.resolve(),
    addDeadLetters: () => Promise.resolve(),
    sync: () => Promise.resolve(),
  };
  const loader = new FileLoader(file, {
    load,
    archive,
    rules: settings.rules,
    clock: tools.clock,
    record: () => Promise.resolve(),
    signal,
    onProgress: ({ rowsRead }) =>
      onProgress({ step: "reading history", fraction, lines: rowsRead, what: file.shownPath }),
  });
  try {
    await loader.run((await digestFile(file.path)).bytes);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** One line a source, and one a metric or code that changes. */
export function formatPreview({ sources }: PreviewReport): string {
  const lines = sources.flatMap((one) => [
    `${one.changed ? "CHANGES" : "same   "}  ${one.layer} ${one.source}: ` +
    `${arrow(one.before?.readings ?? 0, one.after?.readings ?? 0)} readings, ` +
    `${arrow(one.before?.rejects ?? 0, one.after?.rejects ?? 0)} rejects`,
    ...(one.changed ? changedCounts(one) : []),
  ]);
  const changed = sources.filter((one) => one.changed).length;
  return [...lines, `${sources.length} sources, ${changed} would change; nothing was written`]
    .join("\n");
}

function changedCounts({ before, after }: SourceChange): string[] {
  const codes = new Set([
    ...Object.keys(before?.rejects_by_code ?? {}),
    ...Object.keys(after?.rejects_by_code ?? {}),
  ]);
  const rejects = [...codes].sort().map((code) =>
    `  ${code}: ${arrow(before?.rejects_by_code[code] ?? 0, after?.rejects_by_code[code] ?? 0)}`
  );
  const metrics = METRICS.flatMap((metric) => {
    const was = before?.metrics[metric] ?? null, will = after?.metrics[metric] ?? null;
    if (Bun.deepEquals(was, will)) return [];
    const shown = (one: typeof was) =>
      one === null ? "none" : `${one.min} / ${one.mean} / ${one.max} (${one.count})`;
    return [`  ${metric} min / mean / max: ${shown(was)} → ${shown(will)}`];
  });
  return [...rejects, ...metrics];
}

function arrow(before: number, after: number): string {
  return before === after ? String(after) : `${before} → ${after}`;
}
