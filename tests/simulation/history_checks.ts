/**
 * What must hold of history at the end: each row of the newest version of each file is in the store
 * once, as what it is, and nothing of an older one; counters and rollups add up; no batch run was
 * left open, and each has the lines that it says, and those that the store has of it.
 */
import { join } from "node:path";
import { readBatchManifest } from "../../src/archive/batch_manifest.ts";
import type { BatchStatus } from "../../src/model/status.ts";
import type { SimulatedDisk } from "../archive/support/simulated_disk.ts";
import { readAll } from "./flip.ts";
import type { HistoryFile } from "./history_files.ts";
import type { HistoryStore } from "./history_store.ts";
import { type HistoryOrigin, type HistoryRow, spanMs } from "./history_tables.ts";
import { DATA_DIR } from "./life.ts";

export interface EndedHistory {
  readonly disk: SimulatedDisk;
  readonly store: HistoryStore;
  readonly files: readonly HistoryFile[];
  /** The last one of the calm life. */
  readonly status: BatchStatus | null;
}

const DIRECTORY = `${DATA_DIR}/batch_data`;

export async function findHistoryFaults(ended: EndedHistory): Promise<string[]> {
  const faults: string[] = [];
  const runs = await readRuns(ended.disk, faults);
  for (const file of ended.files) checkFile(ended.store, file, runs, faults);
  checkCounts(ended, faults);
  checkRollups(ended.store, faults);
  return faults;
}

function checkFile(
  store: HistoryStore,
  file: HistoryFile,
  runs: ReadonlyMap<string, BatchRun>,
  faults: string[],
): void {
  const path = file.path.slice(DATA_DIR.length + 1);
  const origins = [...store.origins.values()].filter((one) => one.path === path);
  const shown = origins.filter(({ state }) => state === "loading" || state === "loaded");
  const refused = origins.filter(({ state }) => state === "refused");
  if (shown.some(({ rolledUpTo }) => rolledUpTo !== null)) {
    faults.push(`history: ${path} has readings that are in no rollup`);
  }
  if (shown.some(({ state }) => state === "loading")) faults.push(`history: ${path} is loading`);
  if (refused.length !== (file.isRefused ? 1 : 0)) {
    faults.push(`history: ${path} has ${refused.length} refusals`);
  }
  if (shown.length > 1 || (shown.length === 0 && !file.isRefused)) {
    faults.push(`history: ${path} has ${shown.length} origins`);
  }
  const [origin] = shown;
  if (origin === undefined) return;
  const rows = store.rows.get(origin.key) ?? [];
  checkKept(path, origin, rows, runs.get(origin.runId), faults);
  // Of one that is refused now, an older version stays: whichever was loaded.
  if (file.isRefused) return;
  const is = rows.map(({ offset, kind, what }) =>
    `${offset} ${kind} ${kind === "reading" ? what : ""}`
  );
  const becomes = (file.expected ?? []).map(({ offset, kind, host }) =>
    `${offset} ${kind} ${kind === "reading" ? host : ""}`
  );
  if (is.sort().join("\n") === becomes.sort().join("\n")) return;
  const missing = becomes.filter((one) => !is.includes(one));
  const extra = is.filter((one, at) => !becomes.includes(one) || is.indexOf(one) !== at);
  faults.push(`history: ${path} lacks [${missing}], has besides [${extra}]`);
}

/** The store has nothing of a file that the run which loaded it does not have on the disk. */
function checkKept(
  path: string,
  origin: HistoryOrigin,
  rows: readonly HistoryRow[],
  run: BatchRun | undefined,
  faults: string[],
): void {
  if (run === undefined) return void faults.push(`batch: ${origin.runId} of ${path} is gone`);
  if (run.isDeleted) return;
  for (const { offset, kind } of rows) {
    if (run[kind].has(`${path} ${offset}`)) continue;
    faults.push(`batch: ${origin.runId} does not have ${path} ${offset}, a ${kind}`);
  }
}

function checkCounts({ store, status }: EndedHistory, faults: string[]): void {
  for (const { key, path, state, rows, rejected } of store.origins.values()) {
    if (state === "staging") continue;
    const kinds = (store.rows.get(key) ?? []).map((row) => row.kind);
    const readings = kinds.filter((kind) => kind === "reading").length;
    if (rows !== readings || rejected !== kinds.length - readings) {
      faults.push(
        `counters: ${path} ${state} says ${rows} rows and ${rejected} rejected, ` +
          `has ${readings} and ${kinds.length - readings}`,
      );
    }
  }
  for (const [key, rows] of store.rows) {
    const isShown = store.origins.get(key)?.state ?? "gone";
    if (rows.length > 0 && (isShown === "gone" || isShown === "staging")) {
      faults.push(`history: ${rows.length} rows of origin ${key}, which is ${isShown}`);
    }
  }
  if (status !== null && status.rows_read !== status.rows_loaded + status.rows_rejected) {
    faults.push(`status: ${JSON.stringify(status)}`);
  }
}

function checkRollups(store: HistoryStore, faults: string[]): void {
  const readings = [...store.rows.values()].flat().filter(({ kind }) => kind === "reading");
  const tiers = new Set([...store.rollups.keys()].map((name) => name.replace(/ \d+$/, "")));
  for (const tier of tiers) {
    const spans = new Map<number, number>();
    for (const { atMs } of readings) {
      const span = Math.floor(atMs / spanMs(Number(tier.split(" ")[1])));
      spans.set(span, (spans.get(span) ?? 0) + 1);
    }
    for (const [name, count] of store.rollups) {
      const span = Number(name.split(" ")[2]);
      if (name.startsWith(`${tier} `) && count !== (spans.get(span) ?? 0)) {
        faults.push(`rollup: ${name} counts ${count} of ${spans.get(span) ?? 0} readings`);
      }
    }
    for (const span of spans.keys()) {
      if (!store.rollups.has(`${tier} ${span}`)) faults.push(`rollup: ${tier} lacks ${span}`);
    }
  }
}

interface BatchRun {
  readonly isDeleted: boolean;
  /** `path offset` of each line. */
  readonly reading: ReadonlySet<string>;
  readonly dead_letter: ReadonlySet<string>;
}

async function readRuns(disk: SimulatedDisk, faults: string[]): Promise<Map<string, BatchRun>> {
  const runs = new Map<string, BatchRun>();
  for (const runId of await disk.list(DIRECTORY)) {
    const directory = join(DIRECTORY, runId);
    const manifest = await readBatchManifest(disk, directory);
    if (manifest === null || manifest.state === "open") {
      faults.push(`batch: ${runId} is ${manifest?.state ?? "without a manifest"}`);
      continue;
    }
    const isDeleted = manifest.deletedAtMs !== null;
    const keys = { reading: [] as string[], dead_letter: [] as string[] };
    for (const { name, lines, bytes } of [...manifest.readings, manifest.deadLetters]) {
      if (isDeleted) break;
      const path = join(directory, name);
      // An interrupted run may have been begun without.
      if (await disk.stat(path) === null && lines === 0 && bytes === 0) continue;
      const content = await readAll(disk, path);
      const texts = new TextDecoder().decode(content).split("\n").slice(0, -1);
      if (content.length !== bytes || texts.length !== lines) {
        faults.push(
          `batch: ${path} has ${texts.length} lines, ${content.length} bytes, not ${lines}, ${bytes}`,
        );
      }
      const kind = name.startsWith("readings") ? "reading" : "dead_letter";
      for (const text of texts) {
        const { source, offset } = JSON.parse(text) as { source: string; offset: number };
        keys[kind].push(`${source} ${offset}`);
      }
    }
    const run = {
      isDeleted,
      reading: new Set(keys.reading),
      dead_letter: new Set(keys.dead_letter),
    };
    runs.set(runId, run);
    if (manifest.state !== "closed" || isDeleted) continue;
    for (const { path, state, rows_loaded, rows_rejected, rows_read } of manifest.inputs) {
      if (rows_read !== rows_loaded + rows_rejected) faults.push(`batch: ${runId} ${path} adds up`);
      if (state !== "loaded" && state !== "replaced") continue;
      const of = (all: ReadonlySet<string>) => [...all].filter((key) => key.startsWith(`${path} `));
      const rejected = of(run.dead_letter);
      const loaded = of(run.reading).filter((key) => !run.dead_letter.has(key));
      if (loaded.length !== rows_loaded || rejected.length !== rows_rejected) {
        faults.push(
          `batch: ${runId} ${path} says ${rows_loaded} + ${rows_rejected} rows, ` +
            `has ${loaded.length} + ${rejected.length}`,
        );
      }
    }
  }
  return runs;
}
