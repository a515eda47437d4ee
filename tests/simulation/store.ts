/**
 * A simulated hot store behind the `Database` interface: it understands the few statements that the
 * speed layer writes with, all or nothing. What is promised of a real one is kept: a transaction is
 * whole or not at all. What is not promised is not: it is away, answers get lost, a transaction
 * whose client is gone commits later, rows are refused.
 */
import {
  type Database,
  type Row,
  type SqlValue,
  type Statement,
  StoreError,
} from "../../src/store/database.ts";
import { HistoryStore } from "./history_store.ts";
import { isChunkInsert, readingsOf } from "./chunk_values.ts";
import type { Process, Schedule } from "./schedule.ts";

export interface StoredRow {
  readonly path: string;
  readonly offset: number;
  readonly kind: "reading" | "dead_letter";
  /** Of a reading: its host; of a dead letter: its code. */
  readonly what: string;
}

export interface StoredPlace {
  part: number;
  offset: number;
  lines: number;
  rows: number;
  deadLetters: number;
}

/** Volts of a reading that the database refuses. */
export const REFUSED_VOLTS = 13.37;

/** Share of transactions that go wrong, and in which way. */
export interface StoreFaults {
  readonly lostBefore: number;
  readonly lostAfter: number;
  readonly commitsLate: number;
  readonly fails: number;
  readonly latencyMsMax: number;
}

export const CALM_STORE: StoreFaults = {
  lostBefore: 0,
  lostAfter: 0,
  commitsLate: 0,
  fails: 0,
  latencyMsMax: 5,
};

type Effect = () => void;

export class SimulatedStore {
  isAway = false;
  faults: StoreFaults = CALM_STORE;
  readonly rows = new Map<string, StoredRow>();
  readonly checkpoints = new Map<string, StoredPlace>();
  /** Readings counted in the rollups of regions, by step. */
  readonly rolledUp = new Map<number, number>();
  /** From which offset on an origin's readings are in no rollup yet, by its path. */
  readonly rolledUpTo = new Map<string, number>();
  /** History files, which have statements and rollups of their own. */
  readonly history = new HistoryStore({
    host: (key) => [...this.#hosts.keys()][key - 1]?.split(" ")[1] ?? "",
    region: (key) => [...this.#regions.keys()][key - 1] ?? "",
  });
  /** What must never happen and did. */
  readonly faultsFound: string[] = [];
  /** For the simulation's own test: checkpoints are not compared. */
  ignoresCheckpoints = false;
  readonly #origins = new Map<string, { readonly key: number; readonly path: string }>();
  readonly #regions = new Map<string, number>();
  readonly #hosts = new Map<string, number>();
  readonly #newest = new Map<string, number>();

  constructor(private readonly schedule: Schedule) {}

  of(process: Process): Database {
    return {
      kind: "postgres",
      query: <R extends Row>(text: string, values?: readonly SqlValue[]) =>
        process.ask(this.#latencyMs(), async () => {
          this.#check();
          return (await this.#transact([{ text, values: values ?? [] }]))[0] as R[];
        }),
      transact: (statements, options) => {
        const done = this.#run(process, statements);
        options?.onUnderWay?.();
        return done;
      },
      close: () => Promise.resolve(),
    };
  }

  #run(process: Process, statements: readonly Statement[]): Promise<Row[][]> {
    const { lostBefore, lostAfter, commitsLate, fails } = this.faults;
    const luck = this.schedule.random.next();
    return process.ask(this.#latencyMs(), async () => {
      this.#check();
      if (luck < lostBefore) throw away("connection lost");
      if (luck < lostBefore + fails) throw new StoreError("failed", "out of memory");
      if (luck < lostBefore + fails + commitsLate) {
        // The server goes on with it, whoever asked is told that the connection broke.
        this.schedule.after(this.schedule.random.next() * 3_000, () => {
          this.#transact(statements).catch(() => {});
        });
        throw away("connection lost during COMMIT");
      }
      const results = await this.#transact(statements);
      if (luck < lostBefore + fails + commitsLate + lostAfter) {
        throw away("connection lost after COMMIT");
      }
      return results;
    });
  }

  #latencyMs(): number {
    const { random } = this.schedule;
    return random.next() * this.faults.latencyMsMax * (this.schedule.chance(0.1) ? 10 : 1);
  }

  #check(): void {
    if (this.isAway) throw away("connection refused");
  }

  async #transact(statements: readonly Statement[]): Promise<Row[][]> {
    const effects: Effect[] = [];
    const results = statements.map((one) => this.#execute(one.text, one.values, effects));
    for (const effect of effects) effect();
    return results;
  }

  #execute(text: string, all: Statement["values"], effects: Effect[]): Row[] {
    const values = (all ?? []) as readonly SqlValue[];
    const ofHistory = this.history.execute(text, values, effects);
    if (ofHistory !== null) return ofHistory;
    const column = <T>(index: number) => values[index] as unknown as readonly T[];
    if (text.includes("rackwatch.roll_back(")) {
      throw new StoreError("failed", "probe done", { sqlState: "RW000" });
    }
    if (text.includes("store_identity()")) return [{ identity: 1 }];
    if (text.includes("advance_checkpoint(")) return this.#advance(values, effects);
    if (text.includes("from rackwatch.checkpoints")) return this.#checkpoint(String(values[0]));
    if (/rolled_up_to|rackwatch.roll_up\(/.test(text)) {
      return this.#rollLater(text, values, effects);
    }
    if (text.includes("rackwatch.origins (") || text.includes("from rackwatch.origins\n")) {
      return [{ origin_key: this.#originKey(String(values[3])) }];
    }
    if (text.startsWith("select n.region, g.region_key")) {
      return this.#findHosts(column<string>(0), column<string>(1));
    }
    if (isChunkInsert(text)) this.#insertChunks(values, effects);
    if (text.startsWith("insert into rackwatch.dead_letters (")) {
      const path = this.#pathOf(values[0]);
      column<number>(1).forEach((offset, index) => {
        const what = column<string>(2)[index]!;
        effects.push(() => this.#put({ path, offset, kind: "dead_letter", what }));
      });
    }
    if (text.startsWith("insert into rackwatch.rollups")) this.#rollUp(values, effects);
    return [];
  }

  #advance(values: readonly SqlValue[], effects: Effect[]): Row[] {
    const [runId, fromPart, fromOffset, part, offset, lines, rows, deadLetters] =
      values as unknown as [string, number, number, number, number, number, number, number];
    const at = this.checkpoints.get(runId) ??
      { part: 0, offset: 0, lines: 0, rows: 0, deadLetters: 0 };
    if (!this.ignoresCheckpoints && (at.part !== fromPart || at.offset !== fromOffset)) {
      throw new StoreError("stale_checkpoint", "applied up to elsewhere", { sqlState: "RW001" });
    }
    effects.push(() => {
      this.checkpoints.set(runId, {
        part,
        offset,
        lines: at.lines + lines,
        rows: at.rows + rows,
        deadLetters: at.deadLetters + deadLetters,
      });
      this.schedule.trace(`committed ${runId} ${part}:${offset} lines ${lines}`);
    });
    return [];
  }

  #checkpoint(runId: string): Row[] {
    const at = this.checkpoints.get(runId);
    if (at === undefined) return [];
    const { part, offset, lines, rows, deadLetters } = at;
    return [{ run_id: runId, part, byte_offset: offset, lines, rows, dead_letters: deadLetters }];
  }

  #originKey(path: string): number {
    const key = this.#origins.get(path)?.key ?? this.#origins.size + 1;
    this.#origins.set(path, { key, path });
    return key;
  }

  #pathOf(key: SqlValue | undefined): string {
    return [...this.#origins.values()].find((one) => one.key === key)?.path ?? "";
  }

  #findHosts(regions: readonly string[], hosts: readonly string[]): Row[] {
    return hosts.map((host_id, index) => {
      const region = regions[index]!;
      const region_key = keyIn(this.#regions, region);
      return { region, region_key, host_id, host_key: keyIn(this.#hosts, `${region} ${host_id}`) };
    });
  }

  #insertChunks(values: readonly SqlValue[], effects: Effect[]): void {
    const readings = readingsOf(values);
    if (readings.some(({ volts }) => volts === REFUSED_VOLTS)) {
      throw new StoreError("rejected", "out of range", { sqlState: "22003" });
    }
    const names = [...this.#hosts.keys()];
    const path = this.#pathOf(values[0]);
    for (const { offset, hostKey } of readings) {
      const what = names[hostKey - 1]!.split(" ")[1]!;
      effects.push(() => this.#put({ path, offset, kind: "reading", what }));
    }
    if (path !== "") effects.push(() => this.#checkOrder(path, readings.map((one) => one.offset)));
  }

  /** Batches of a part are committed in the order of its bytes; within one the order is by host. */
  #checkOrder(path: string, offsets: readonly number[]): void {
    const newest = this.#newest.get(path) ?? -1;
    for (const offset of offsets) {
      if (offset <= newest) {
        this.faultsFound.push(`order: ${path} ${offset} was committed after a later line`);
      }
    }
    this.#newest.set(path, Math.max(newest, ...offsets));
  }

  #put(row: StoredRow): void {
    const name = `${row.path} ${row.offset}`;
    if (this.rows.has(name)) this.faultsFound.push(`doubled: ${name} is in the store already`);
    this.rows.set(name, row);
  }

  /** Statements of settle.ts: marks set and taken away, and what is marked added from the rows. */
  #rollLater(text: string, values: readonly SqlValue[], effects: Effect[]): Row[] {
    if (text.startsWith("select origin_key")) {
      const ofRun = [...this.#origins.values()].filter(({ path }) =>
        path.includes(String(values[0])) && this.rolledUpTo.has(path)
      );
      return ofRun.map(({ key, path }) => ({
        origin_key: key,
        rolled_up_to: this.rolledUpTo.get(path)!,
      }));
    }
    if (text.includes("set rolled_up_to = $2")) {
      const path = this.#pathOf(values[0]);
      effects.push(() => {
        if (!this.rolledUpTo.has(path)) this.rolledUpTo.set(path, values[1] as number);
      });
      return [];
    }
    const marks = values[1] as unknown as readonly number[];
    const paths = (values[0] as unknown as readonly number[]).map((key) => this.#pathOf(key));
    const isMarked = (path: string, nth: number) => this.rolledUpTo.get(path) === marks[nth];
    if (text.includes("rackwatch.roll_up(")) {
      if (!paths.every(isMarked)) {
        throw new StoreError("stale_checkpoint", "rolled up meanwhile", { sqlState: "RW001" });
      }
      effects.push(() => paths.forEach((path) => this.rolledUpTo.delete(path)));
    } else if (text.includes("set rolled_up_to = null")) {
      effects.push(() => paths.filter(isMarked).forEach((path) => this.rolledUpTo.delete(path)));
    } else if (text.startsWith("insert into rackwatch.rollups") && text.includes("0 as host_key")) {
      const step = Number(/select (\d+), region_key/.exec(text)![1]);
      effects.push(() => paths.filter(isMarked).forEach((path) => this.#settle(path, step)));
    }
    return [];
  }

  #settle(path: string, step: number): void {
    const from = this.rolledUpTo.get(path) ?? Infinity;
    for (const row of this.rows.values()) {
      if (row.kind !== "reading" || row.path !== path || row.offset < from) continue;
      this.rolledUp.set(step, (this.rolledUp.get(step) ?? 0) + 1);
    }
  }

  #rollUp(values: readonly SqlValue[], effects: Effect[]): void {
    const column = (index: number) => values[index] as unknown as readonly number[];
    effects.push(() =>
      column(0).forEach((step, index) => {
        if (column(2)[index] !== 0) return;
        this.rolledUp.set(step, (this.rolledUp.get(step) ?? 0) + column(4)[index]!);
      })
    );
  }
}

function keyIn(keys: Map<string, number>, name: string): number {
  const key = keys.get(name) ?? keys.size + 1;
  keys.set(name, key);
  return key;
}

function away(message: string): StoreError {
  return new StoreError("unavailable", message);
}
