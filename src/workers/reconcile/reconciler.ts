/**
 * The two layers of the architecture held against each other: sealed live runs are derived again
 * from the archive's bytes, as the batch layer does with history, and compared with the rollups that
 * the speed layer wrote. The difference should be nil; one that is not is logged, kept and counted.
 *
 * Owns which run is compared when, and how far; a run is compared once for each store and mapping,
 * and again at a start where it differed. Refuses to compare what the store has not applied yet.
 */
import type { Log } from "../../log.ts";
import { isoUtc } from "../../model/iso_time.ts";
import type { ReconciliationStatus } from "../../model/status.ts";
import type { Database } from "../../store/database.ts";
import {
  type Reconciled,
  type RunStanding,
  runStandings,
  saveReconciled,
} from "../../store/reconciliations.ts";
import { type OwnRows, partKeys } from "../../store/queries/rollup_check.ts";
import { NOT_RECONCILED } from "../off_status.ts";
import type { Place } from "../speed/pending_batch.ts";
import { type ArchiveTools, partOrigin } from "../speed/archived_runs.ts";
import type { LiveMapping } from "../speed/live_mapping.ts";
import { type ArchivedStretch, readStretch } from "./archived_stretch.ts";
import { type ComparedBuckets, compareStretch } from "./compare_stretch.ts";
import { describeDifference } from "./difference.ts";
import { Pace } from "./pace.ts";
import { deletedParts, type SealedRun, SealedRuns } from "./sealed_runs.ts";

export interface ReconcilerOptions {
  readonly dataDir: string;
  readonly mapping: LiveMapping;
  readonly database: Database;
  readonly tools: ArchiveTools;
  readonly onStatus: (status: ReconciliationStatus) => void;
  /** Buckets held at a time; LIMITS.reconcileBucketsMax unless given. */
  readonly bucketsMax?: number;
}

export interface PassOptions {
  readonly signal: AbortSignal;
  /** At full speed, because nobody else is at work. */
  readonly full: boolean;
}

const NOTHING: Reconciled = {
  part: 0,
  offset: 0,
  lines: 0,
  upToMs: null,
  buckets: 0,
  differing: 0,
  firstDifference: null,
};

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #sealed: SealedRuns;
  readonly #log: Log;
  readonly #mapping: string;
  /** Runs compared by this process, and by which building of the store. */
  readonly #compared = new Map<string, string>();
  /** Runs that could not be read at the last pass, and why. */
  readonly #unreadable = new Map<string, string>();
  status: ReconciliationStatus = NOT_RECONCILED;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#sealed = new SealedRuns(options.dataDir, options.tools.files);
    this.#log = options.tools.log;
    this.#mapping = mappingDigest(options.mapping);
  }

  /**
   * Compares all that is sealed, applied and not compared yet.
   * @throws {StoreError} when the store fails, {StoppedError} when the signal aborted.
   */
  async pass({ signal, full }: PassOptions): Promise<void> {
    const { database, tools } = this.#options;
    const runs = await this.#sealed.list();
    const standings = await runStandings(database, runs.map((run) => run.runId), this.#mapping);
    const pace = new Pace({ database, clock: tools.clock, signal, full });
    const found = new Map<string, Reconciled>();
    for (const [runId, standing] of standings) {
      const { reconciled } = standing;
      if (reconciled !== null && !this.#isToBeginAnew(standing)) found.set(runId, reconciled);
    }
    this.#tell(runs, found);
    for (const run of runs) {
      const standing = standings.get(run.runId);
      if (standing === undefined) continue;
      try {
        await this.#run(run, standing, found.get(run.runId) ?? NOTHING, pace, (reconciled) => {
          found.set(run.runId, reconciled);
          this.#tell(runs, found);
        });
        this.#unreadable.delete(run.runId);
      } catch (error) {
        if (!isOfTheDisk(error)) throw error;
        this.#skip(run.runId, error.message);
      }
    }
  }

  /** A difference that was found before this start may have been mended since. */
  #isToBeginAnew({ runId, storeMark, reconciled }: RunStanding): boolean {
    return reconciled !== null && reconciled.differing > 0 &&
      this.#compared.get(runId) !== storeMark;
  }

  async #run(
    run: SealedRun,
    standing: RunStanding,
    reconciled: Reconciled,
    pace: Pace,
    onStretch: (reconciled: Reconciled) => void,
  ): Promise<void> {
    const { database, mapping, tools } = this.#options;
    const pause = () => pace.pause();
    const end = isBefore(standing.applied, run.end) ? standing.applied : run.end;
    let place: Reconciled = reconciled;
    while (isBefore(place, end)) {
      const before = await this.#deleted(run.runId, place, end);
      const stretch = await readStretch(run.runId, place, end, {
        ...this.#options,
        normalise: mapping.normalise,
        pause,
      });
      const deleted = await this.#deleted(run.runId, stretch.from, stretch.to);
      // A part that went while it was read: what was read of it says nothing.
      if ([...deleted].some((part) => !before.has(part))) continue;
      const own = await this.#ownRows(stretch, deleted);
      const { clock } = tools;
      const compared = await compareStretch(stretch.buckets, { database, own, clock, pause });
      place = sum(place, stretch, compared);
      if (!await saveReconciled(database, standing, this.#mapping, place)) return;
      this.#compared.set(run.runId, standing.storeMark);
      this.#report(stretch, compared);
      onStretch(place);
    }
  }

  #deleted(runId: string, from: Place, to: Place): Promise<ReadonlySet<number>> {
    const { dataDir, tools } = this.#options;
    return deletedParts(dataDir, runId, { from, to }, tools.files);
  }

  /** Rows that the stretch accounts for; those of deleted parts are as good as another run's. */
  async #ownRows(
    { runId, from, to }: ArchivedStretch,
    deleted: ReadonlySet<number>,
  ): Promise<OwnRows> {
    const known = await partKeys(this.#options.database, runId);
    const keyOf = (part: number) =>
      deleted.has(part) ? 0 : known.get(partOrigin(runId, part).path) ?? 0;
    const originKeys: number[] = [];
    for (let part = from.part; part <= to.part; part++) {
      if (keyOf(part) !== 0) originKeys.push(keyOf(part));
    }
    return {
      originKeys,
      firstKey: keyOf(from.part),
      fromOffset: from.offset,
      lastKey: keyOf(to.part),
      toOffset: to.offset,
    };
  }

  #report({ runId, lines }: ArchivedStretch, compared: ComparedBuckets): void {
    const { buckets, differing, named } = compared;
    for (const { series, stepS, bucketMs, field, expected, by, store } of named) {
      this.#log.error("a rollup is not what it should be", {
        run: runId,
        series,
        step_s: stepS,
        bucket: isoUtc(bucketMs),
        field,
        expected,
        by,
        store,
      });
    }
    const fields = { run: runId, lines, buckets, differing };
    if (differing > 0) this.#log.error("the hot store differs from the archive", fields);
    else this.#log.debug("reconciled with the archive", fields);
  }

  #skip(runId: string, reason: string): void {
    if (this.#unreadable.get(runId) === reason) return;
    this.#unreadable.set(runId, reason);
    this.#log.warn("an archived run can't be read, and is not reconciled", { run: runId, reason });
  }

  #tell(runs: readonly SealedRun[], found: ReadonlyMap<string, Reconciled>): void {
    const status = statusOf(runs, found);
    if (Bun.deepEquals(status, this.status)) return;
    this.status = status;
    this.#options.onStatus(status);
  }
}

function sum(
  before: Reconciled,
  { runId, to, lines, upToMs }: ArchivedStretch,
  { buckets, differing, named: [first] }: ComparedBuckets,
): Reconciled {
  return {
    part: to.part,
    offset: to.offset,
    lines: before.lines + lines,
    upToMs: Math.max(before.upToMs ?? 0, upToMs ?? 0) || null,
    buckets: before.buckets + buckets,
    differing: before.differing + differing,
    firstDifference: before.firstDifference ??
      (first === undefined ? null : describeDifference(runId, first)),
  };
}

/** "Up to" ends at the first run that is not compared to its sealed end: no gap before it. */
export function statusOf(
  runs: readonly SealedRun[],
  found: ReadonlyMap<string, Reconciled>,
): ReconciliationStatus {
  let upToMs = 0, whole = 0, buckets = 0, differing = 0;
  let first: string | null = null;
  let hasGap = false;
  for (const { runId, end } of runs) {
    const reconciled = found.get(runId);
    const isWhole = reconciled !== undefined && !isBefore(reconciled, end);
    if (isWhole) whole++;
    if (!hasGap) upToMs = Math.max(upToMs, reconciled?.upToMs ?? 0);
    hasGap ||= !isWhole;
    buckets += reconciled?.buckets ?? 0;
    differing += reconciled?.differing ?? 0;
    first ??= reconciled?.firstDifference ?? null;
  }
  return {
    reconciled_up_to: upToMs === 0 ? null : isoUtc(upToMs),
    runs: whole,
    buckets,
    differing_buckets: differing,
    first_difference: first,
  };
}

function isBefore(a: Place, b: Place): boolean {
  return a.part < b.part || (a.part === b.part && a.offset < b.offset);
}

/** In the order that they are tried in, which decides too. */
function mappingDigest({ versions }: LiveMapping): string {
  const text = JSON.stringify(Object.entries(versions));
  return new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 16);
}

/** A run that retention removed meanwhile, or a file that may not be read. */
function isOfTheDisk(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error;
}
