/**
 * History files in the hot store, each known by its path and digest.
 *
 *   a new path                       chunks commit as they come, state `loading` → `loaded`
 *   a changed file, or one that a    chunks are staged, nothing shows; at the end one transaction
 *   crash left in `loading`          takes the old rows out and puts the new ones in
 *   a damaged file                   nothing of it stays but a dead letter; the old version stays,
 *                                    if it was loaded to its end
 *
 * A load takes its path over from the one before: of that, a transaction whose connection broke may
 * still be under way at the server, and is waited for, or still be to come, and is refused.
 *
 * After any error of `append` or `finish` the load is over: begin again, which clears what it left.
 */
import type { AlertChange } from "../model/alert.ts";
import type { Reading } from "../model/reading.ts";
import type { DeadLetter } from "../model/record.ts";
import type { Derived, Tiers } from "../model/rollup.ts";
import { insertChunks } from "./chunks.ts";
import { type Database, type Statement, StoreError } from "./database.ts";
import {
  countRows,
  deleteOrigin,
  expectLoading,
  type FileIdentity,
  findOrigins,
  forgetOrigin,
  forgetRefused,
  insertOrigin,
  type OriginRow,
  takeOver,
} from "./file_origins.ts";
import { GuardedDatabase } from "./guarded_database.ts";
import { HostKeys } from "./host_keys.ts";
import { forgetStaged, replaceRows } from "./rederive.ts";
import { type Behind, fallBehind, rolledUp, settle } from "./settle.ts";
import { commitAccepted, type CommitResult } from "./rejects.ts";
import {
  besideStatements,
  derivedStatements,
  hostsOf,
  insertDeadLetters,
  upsertAlerts,
} from "./statements.ts";
import type { Derive } from "./writer.ts";

/** A swap of 10 million rows takes minutes. */
const SWAP_MS_MAX = 3_600_000;

/** Keys begin at 1: nothing is staged under this one. */
const NO_ORIGIN = 0;

export interface KnownFile {
  readonly digest: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  /** Of the newest version that was begun: `loading` after a crash, `refused` where damaged. */
  readonly state: "loading" | "loaded" | "refused";
}

export interface FileChunk {
  readonly readings: readonly Reading[];
  readonly deadLetters: readonly DeadLetter[];
  readonly alerts: readonly AlertChange[];
  /** The finest that its readings go into. */
  readonly tiers: Tiers;
}

export class FileLoads {
  readonly #database: GuardedDatabase;
  readonly #hosts: HostKeys;

  constructor(database: Database) {
    this.#database = new GuardedDatabase(database, () => this.#hosts.forget());
    this.#hosts = new HostKeys(this.#database);
  }

  /** What the store knows of a path; null when nothing. */
  async knownFile(path: string): Promise<KnownFile | null> {
    const [row] = await this.#database.query<
      Pick<KnownFile, "digest" | "bytes" | "state"> & { mtime_ms: number } & Record<string, unknown>
    >(
      `select digest, bytes, mtime_ms, state from rackwatch.origins
      where layer = 'batch' and path = $1::text and state in ('loading', 'loaded', 'refused')
      order by origin_key desc limit 1`,
      [path],
    );
    if (row === undefined) return null;
    const { digest, bytes, state } = row;
    return { digest, bytes, mtimeMs: row.mtime_ms, state };
  }

  /** Begins to load a file, new or changed. Clears what an interrupted load of it left behind. */
  async beginFile(file: FileIdentity): Promise<FileLoad> {
    const { path } = file.origin;
    const results = await this.#database.transact([takeOver(path), findOrigins(path)]);
    const found = (results[1] ?? []) as OriginRow[];
    const keysOf = (...states: string[]) =>
      found.filter((row) => states.includes(row.state)).map((row) => row.origin_key);
    const old = keysOf("loading", "loaded");
    const half = keysOf("loading");
    const stale = found.filter((row) => row.state === "staging");
    const begun = await this.#database.transact([
      ...stale.flatMap((row) => forgetOrigin(row.origin_key)),
      insertOrigin(file, old.length === 0 ? "loading" : "staging"),
    ]);
    const key = begun.at(-1)?.[0]?.["origin_key"];
    if (typeof key !== "number") throw new StoreError("failed", `Cannot begin ${path}: no key`);
    return new FileLoad(this.#database, this.#hosts, path, key, { old, half });
  }
}

export class FileLoad {
  /** From this offset on readings are in no rollup yet; null: all are. */
  #mark: number | null = null;
  /** The path had rows before, which go when this finishes. */
  readonly replaces: boolean;

  constructor(
    readonly database: Database,
    readonly hosts: HostKeys,
    readonly path: string,
    readonly originKey: number,
    private readonly before: {
      /** Origins that this load replaces. */
      readonly old: readonly number[];
      /** Of these, what was not loaded to its end. */
      readonly half: readonly number[];
    },
  ) {
    this.replaces = before.old.length > 0;
  }

  /** Adds a chunk, in one transaction. Rows the database refuses come back as dead letters. */
  append(chunk: FileChunk, derive: Derive): Promise<CommitResult> {
    return commitAccepted(this.database, this.hosts, chunk.readings, async (readings, rejected) => {
      await this.hosts.resolve(readings);
      const deadLetters = [...chunk.deadLetters, ...rejected];
      const accepted = { ...chunk, readings, deadLetters };
      const derived = this.replaces ? null : derive(readings);
      await this.database.transact([
        expectLoading(this.originKey),
        countRows(this.originKey, readings, deadLetters.length),
        ...(this.replaces ? this.#staged(accepted) : await this.#direct(accepted, derived)),
      ]);
      if (this.replaces) return;
      if (derived !== null) this.#mark = null;
      else if (readings.length > 0) this.#mark ??= firstOffset(readings);
    });
  }

  /**
   * All chunks are in: from here on the file is loaded, and its old version is gone.
   * @param derived What chunks gave null for; null where that is not known: it is read from the rows.
   */
  async finish(derived: Derived | null): Promise<void> {
    const { old } = this.before;
    await this.database.transact([
      expectLoading(this.originKey),
      ...(this.replaces
        ? [...replaceRows(old, this.originKey), ...old.map(deleteOrigin)]
        : derived === null
        ? settle(this.#behind)
        : await this.#rollUp(derived)),
      ...forgetRefused(this.path),
      {
        text: `update rackwatch.origins set state = 'loaded', finished_at = now()
          where origin_key = $1::int`,
        values: [this.originKey],
      },
    ], { timeoutMs: SWAP_MS_MAX });
  }

  /** The file is damaged: nothing of it stays but a dead letter that says why. */
  async abandon(reason: string): Promise<void> {
    const letter: DeadLetter = {
      kind: "dead_letter",
      offset: 0,
      code: "damaged_file",
      detail: reason,
      raw: "",
    };
    const { half } = this.before;
    await this.database.transact([
      expectLoading(this.originKey),
      ...(this.replaces ? forgetStaged(this.originKey) : replaceRows([this.originKey], NO_ORIGIN)),
      ...(half.length === 0 ? [] : [...replaceRows(half, NO_ORIGIN), ...half.map(deleteOrigin)]),
      ...forgetRefused(this.path),
      {
        text: `update rackwatch.origins set state = 'refused', finished_at = now(), rows = 0,
          rejected = 1, min_at = null, max_at = null where origin_key = $1::int`,
        values: [this.originKey],
      },
      insertDeadLetters("dead_letters", this.originKey, [letter]),
    ], { timeoutMs: SWAP_MS_MAX });
  }

  async #direct(
    chunk: FileChunk,
    derived: Derived | null,
  ): Promise<Statement[]> {
    const { readings, deadLetters, alerts } = chunk;
    const statements: Statement[] = [];
    if (readings.length > 0) {
      if (derived === null) statements.push(fallBehind(this.originKey, firstOffset(readings)));
      statements.push(insertChunks("chunks", this.originKey, chunk, this.hosts));
    }
    if (derived !== null) statements.push(...await this.#rollUp(derived));
    statements.push(...besideStatements(this.originKey, deadLetters, alerts));
    return statements;
  }

  async #rollUp(derived: Derived): Promise<Statement[]> {
    await this.hosts.resolve(hostsOf(derived));
    const statements = derivedStatements(derived, this.hosts);
    return this.#mark === null ? statements : [...statements, rolledUp(this.#behind)];
  }

  get #behind(): Behind[] {
    return this.#mark === null ? [] : [{ originKey: this.originKey, mark: this.#mark }];
  }

  #staged(chunk: FileChunk): Statement[] {
    const { readings, deadLetters, alerts } = chunk;
    const key = this.originKey;
    const statements: Statement[] = [];
    if (readings.length > 0) {
      statements.push(insertChunks("chunks_staged", key, chunk, this.hosts));
    }
    if (deadLetters.length > 0) {
      statements.push(insertDeadLetters("dead_letters_staged", key, deadLetters));
    }
    if (alerts.length > 0) statements.push(upsertAlerts("alerts_staged", key, alerts));
    return statements;
  }
}

function firstOffset(readings: readonly Reading[]): number {
  return readings.reduce((least, { offset }) => Math.min(least, offset), Infinity);
}
