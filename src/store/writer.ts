/**
 * The writing side of the hot store. A live batch is one transaction: its readings, what is derived
 * from them, its dead letters and alerts, and the checkpoint that says how far the run is applied.
 * So a batch is in the store exactly once, or not at all.
 *
 * After `unavailable` the outcome is unknown: read the checkpoint before trying again. After a
 * rebuild has put another store in place, a batch is refused once as `stale_checkpoint`. A writer
 * belongs to one thread and takes one batch at a time; any number of writers may share a store.
 */
import type { AlertChange } from "../model/alert.ts";
import type { Checkpoint, Origin } from "../model/origin.ts";
import type { Reading } from "../model/reading.ts";
import type { DeadLetter } from "../model/record.ts";
import type { Derived, Tiers } from "../model/rollup.ts";
import { insertChunks } from "./chunks.ts";
import { type Database, type Statement, StoreError } from "./database.ts";
import { GuardedDatabase } from "./guarded_database.ts";
import { HostKeys } from "./host_keys.ts";
import { addLate } from "./late_readings.ts";
import { mergeChunks, SmallBatches } from "./merge_chunks.ts";
import { commitAccepted, type CommitResult } from "./rejects.ts";
import { type Behind, fallBehind, originsBehind, rolledUp, settle } from "./settle.ts";
import { besideStatements, derivedStatements, hostsOf } from "./statements.ts";

/**
 * What the readings that the database took add to rollups and latest values; with that of earlier
 * batches of the run, where those gave null. Null: later, with another batch, or by `settle`.
 */
export type Derive = (readings: readonly Reading[]) => Derived | null;

export interface LiveBatch {
  /** The part of the archive that all of it lies in. */
  readonly origin: Origin;
  readonly from: Checkpoint;
  readonly to: Checkpoint;
  readonly lines: number;
  readonly readings: readonly Reading[];
  readonly deadLetters: readonly DeadLetter[];
  readonly alerts: readonly AlertChange[];
  /** The finest that what `derive` gives for them has. */
  readonly tiers: Tiers;
  readonly derive: Derive;
  /** Of `prepare`, of the same readings. */
  readonly prepared?: PreparedChunks | null;
  /** Told once the store is at work. */
  readonly onUnderWay?: () => void;
}

/** A batch's readings as they go into the store, made before their turn. */
export interface PreparedChunks {
  readonly readings: readonly Reading[];
  readonly statement: Statement;
  /** Of the store whose keys it holds. */
  readonly store: number;
}

/** A stored checkpoint and what was counted on the way to it. */
export interface StoredCheckpoint extends Checkpoint {
  readonly lines: number;
  readonly rows: number;
  readonly deadLetters: number;
}

/** LIMITS.rollupReadingsMax rows at most are gathered; a crash while catching up may leave more. */
const SETTLE_MS_MAX = 600_000;

export class StoreWriter {
  readonly #database: Database;
  readonly #hosts: HostKeys;
  readonly #originKeys = new Map<string, number>();
  /** Origins with readings that are not in the rollups yet. */
  readonly #behind = new Map<number, Behind>();
  /** Committed, and to be merged. */
  readonly #small = new SmallBatches();
  /** Counts stores: keys are of one of them. */
  #store = 0;

  constructor(database: Database) {
    this.#database = new GuardedDatabase(database, () => {
      this.#hosts.forget();
      this.#originKeys.clear();
      this.#behind.clear();
      this.#small.forget();
      this.#store++;
    });
    this.#hosts = new HostKeys(this.#database);
  }

  /** How far a run is applied; null when nothing of it is. */
  async readCheckpoint(runId: string): Promise<StoredCheckpoint | null> {
    const [row] = await this.#database.query<CheckpointRow>(
      `select run_id, part, byte_offset, lines, rows, dead_letters
      from rackwatch.checkpoints where run_id = $1::text`,
      [runId],
    );
    if (row === undefined) return null;
    const { part, lines, rows } = row;
    return { runId, part, offset: row.byte_offset, lines, rows, deadLetters: row.dead_letters };
  }

  /**
   * @throws {StoreError} `stale_checkpoint` when the stored one is not `from`; `unavailable` when
   * the outcome is unknown; `failed` otherwise. Rows the database refuses are no error.
   */
  commitLive(batch: LiveBatch): Promise<CommitResult> {
    return commitAccepted(
      this.#database,
      this.#hosts,
      batch.readings,
      (accepted, rejected) => this.#commit(batch, accepted, rejected),
    );
  }

  /**
   * What of a batch to come can be made while another is on its way; null where the store must be
   * asked for a key first.
   */
  prepare(
    { origin, readings, tiers }: Pick<LiveBatch, "origin" | "readings" | "tiers">,
  ): PreparedChunks | null {
    const originKey = this.#originKeys.get(nameOf(origin));
    if (originKey === undefined || readings.length === 0 || !this.#hosts.knows(readings)) {
      return null;
    }
    const statement = insertChunks("chunks", originKey, { readings, tiers }, this.#hosts);
    return { readings, statement, store: this.#store };
  }

  async #commit(
    batch: LiveBatch,
    readings: readonly Reading[],
    rejected: readonly DeadLetter[],
  ): Promise<void> {
    const originKey = await this.#originKey(batch.origin);
    await this.#hosts.resolve(readings);
    const prepared = this.#preparedOf(batch, readings);
    const deadLetters = [...batch.deadLetters, ...rejected];
    const statements: Statement[] = [advance(batch, readings.length, deadLetters.length)];
    const derived = batch.derive(readings);
    const isLater = derived === null && readings.length > 0;
    const mark = batch.from.part === batch.to.part ? batch.from.offset : 0;
    if (isLater) statements.push(fallBehind(originKey, mark));
    if (readings.length > 0) {
      statements.push(
        prepared ??
          insertChunks("chunks", originKey, { readings, tiers: batch.tiers }, this.#hosts),
      );
    }
    const late = addLate(readings, this.#hosts);
    if (derived !== null) {
      // Of so many that those above may be forgotten for them.
      await this.#hosts.resolve(hostsOf(derived));
      statements.push(...derivedStatements(derived, this.#hosts));
      if (this.#behind.size > 0) statements.push(rolledUp([...this.#behind.values()]));
    }
    statements.push(...late);
    statements.push(...besideStatements(originKey, deadLetters, batch.alerts));
    const merges = derived === null ? [] : this.#small.due();
    statements.push(...merges.map(mergeChunks));
    try {
      const { onUnderWay } = batch;
      await this.#database.transact(statements, onUnderWay === undefined ? {} : { onUnderWay });
    } catch (error) {
      // What lies between the batches known here may not be rolled up.
      this.#small.forget();
      throw error;
    }
    this.#small.merged(merges);
    // The embedded store does not give back the room that the merged chunks took.
    if (this.#database.kind === "postgres") this.#small.add(originKey, readings, batch.tiers);
    if (isLater) {
      if (!this.#behind.has(originKey)) this.#behind.set(originKey, { originKey, mark });
    } else if (derived !== null) this.#behind.clear();
  }

  /**
   * Brings rollups and latest values up to a run's readings, from the rows: after a restart, or
   * where it is not known what was written. Nobody else may write to the run meanwhile.
   */
  async settle(runId: string): Promise<void> {
    const behind = await originsBehind(this.#database, runId);
    if (behind.length > 0) {
      await this.#database.transact(settle(behind), { timeoutMs: SETTLE_MS_MAX });
    }
    this.#behind.clear();
    this.#small.forget();
  }

  /** Null where it is of other readings, as where the store refused some, or of another store. */
  #preparedOf({ prepared }: LiveBatch, readings: readonly Reading[]): Statement | null {
    const isOfThese = prepared?.readings === readings && prepared.store === this.#store;
    return isOfThese ? prepared.statement : null;
  }

  async #originKey(origin: Origin): Promise<number> {
    const name = nameOf(origin);
    const known = this.#originKeys.get(name);
    if (known !== undefined) return known;
    const values = [origin.layer, origin.runId, origin.source, origin.path];
    const [, found] = await this.#database.transact([
      {
        text: `insert into rackwatch.origins (layer, run_id, source, path, state)
          select $1::text, $2::text, $3::text, $4::text, 'live'
          where not exists (${FIND_LIVE})
          on conflict do nothing`,
        values,
      },
      { text: FIND_LIVE, values },
    ]);
    const key = found?.[0]?.origin_key;
    if (typeof key !== "number") {
      throw new StoreError("failed", `Cannot name the origin ${origin.path}: it was not stored`);
    }
    // One part is written at a time; the parts before it are not asked for again.
    if (this.#originKeys.size >= 1_000) this.#originKeys.clear();
    this.#originKeys.set(name, key);
    return key;
  }
}

function nameOf({ layer, path, source }: Origin): string {
  return JSON.stringify([layer, path, source]);
}

type CheckpointRow = Record<"part" | "byte_offset" | "lines" | "rows" | "dead_letters", number>;

const FIND_LIVE = `select origin_key from rackwatch.origins
  where layer = $1::text and run_id = $2::text and source = $3::text and path = $4::text
    and state = 'live'`;

function advance(batch: LiveBatch, rows: number, deadLetters: number): Statement {
  const { from, to } = batch;
  return {
    text: `select rackwatch.advance_checkpoint($1::text, $2::int, $3::bigint, $4::int, $5::bigint,
      $6::bigint, $7::bigint, $8::bigint)`,
    values: [
      from.runId,
      from.part,
      from.offset,
      to.part,
      to.offset,
      batch.lines,
      rows,
      deadLetters,
    ],
  };
}
