/**
 * History files in the simulated store: the statements of store/file_load.ts and store/rederive.ts,
 * each as what it does to the tables, in their order.
 */
import { type Row, StoreError } from "../../src/store/database.ts";
import {
  HISTORY_REGION,
  type HistoryOrigin,
  type HistoryRow,
  HistoryTables,
  type Values,
} from "./history_tables.ts";
import { isChunkInsert, readingsOf } from "./chunk_values.ts";
import { REFUSED_VOLTS } from "./store.ts";

type Effect = () => void;

/** Far from the keys of live parts. */
const FIRST_KEY = 1_000_000;

export class HistoryStore extends HistoryTables {
  /** Loads that were begun. */
  begun = 0;
  /** Of each transaction, the origins that it deletes. */
  readonly #deletes = new WeakMap<Effect[], Set<number>>();
  #nextKey = FIRST_KEY;

  constructor(
    private readonly names: {
      host(key: number): string;
      region(key: number): string;
    },
  ) {
    super();
  }

  /** The rows of a statement that is history's; null where it is not. */
  execute(text: string, values: Values, effects: Effect[]): Row[] | null {
    if (text.includes("expect_loading(")) return this.#expectLoading(Number(values[0]));
    // When sources were heard before this start: nothing of the simulation's.
    if (text.startsWith("select source, max(finished_at)")) return [];
    if (text.includes("touched_hours")) return this.#touchedHours(text, values, effects);
    if (text.startsWith("insert into rackwatch.rollups as r")) {
      return values.length === 2
        ? this.#settle(text, values, effects)
        : this.#rollUp(values, effects);
    }
    if (text.includes("rackwatch.origins")) return this.#origin(text, values, effects);
    if (/rackwatch\.\w+_staged where origin_key = \$1::int$/.test(text)) {
      const key = Number(values[0]);
      if (text.startsWith("delete")) effects.push(() => this.forgetStaged(text, key));
      else effects.push(() => this.moveStaged(text, key));
      return [];
    }
    if (text.includes("rackwatch.roll_up(")) return this.#rolledUp(values, effects);
    if (isChunkInsert(text)) return this.#insertReadings(text, values, effects);
    if (/^insert into rackwatch\.dead_letters(_staged)? \(/.test(text)) {
      return this.#insertDeadLetters(text, values, effects);
    }
    if (/^delete from rackwatch\.(chunks|dead_letters) where origin_key = any/.test(text)) {
      effects.push(() => this.deleteRows(text.includes(".chunks "), values));
      return [];
    }
    return null;
  }

  /** What a file adds; the deltas of other regions are left to others. */
  #rollUp(values: Values, effects: Effect[]): Row[] | null {
    const column = (index: number) => values[index] as unknown as readonly number[];
    if (!column(1).every((key) => this.names.region(key) === HISTORY_REGION)) return null;
    effects.push(() =>
      column(0).forEach((step, index) =>
        this.addReadings(step, column(2)[index]!, column(3)[index]!, column(4)[index]!)
      )
    );
    return [];
  }

  /** Statements of settle.ts; null where the keys are of live parts. */
  #mark(text: string, values: Values, effects: Effect[]): Row[] | null {
    if (typeof values[0] === "string") return null;
    const keys = [values[0]].flat() as number[];
    if (keys.length === 0 || keys.some((key) => key < FIRST_KEY)) return null;
    effects.push(() => {
      if (text.includes("set rolled_up_to = $2")) {
        this.origins.get(keys[0]!)!.rolledUpTo ??= values[1] as number;
      } else if (text.includes("set rolled_up_to = null")) {
        for (const origin of this.#marked(values)) origin.rolledUpTo = null;
      }
    });
    return [];
  }

  /** Of the origins given with their marks, those that have them still. */
  #marked(values: Values): HistoryOrigin[] {
    const [keys, marks] = values as unknown as [readonly number[], readonly number[]];
    return keys.flatMap((key, nth) => {
      const origin = this.origins.get(key);
      return origin !== undefined && origin.rolledUpTo === marks[nth] ? [origin] : [];
    });
  }

  #rolledUp(values: Values, effects: Effect[]): Row[] | null {
    const keys = values[0] as unknown as number[];
    if (keys.some((key) => key < FIRST_KEY)) return null;
    if (this.#marked(values).length < keys.length) {
      throw new StoreError("stale_checkpoint", "rolled up meanwhile", { sqlState: "RW001" });
    }
    effects.push(() => this.#marked(values).forEach((origin) => origin.rolledUpTo = null));
    return [];
  }

  #settle(text: string, values: Values, effects: Effect[]): Row[] | null {
    const keys = values[0] as unknown as number[];
    if (keys.some((key) => key < FIRST_KEY)) return null;
    const step = Number(/select (\d+), region_key/.exec(text)![1]);
    const hostKey = text.includes("0 as host_key") ? 0 : 1;
    effects.push(() => {
      for (const { key, rolledUpTo } of this.#marked(values)) {
        for (const { kind, offset, atMs } of this.rows.get(key) ?? []) {
          if (kind === "reading" && offset >= rolledUpTo!) this.addReadings(step, hostKey, atMs, 1);
        }
      }
    });
    return [];
  }

  #expectLoading(key: number): Row[] {
    const origin = this.origins.get(key);
    const isLoading = origin?.state === "loading" || origin?.state === "staging";
    if (isLoading && !origin.isTakenOver) return [];
    throw new StoreError("failed", "another load has begun", { sqlState: "RW003" });
  }

  #origin(text: string, values: Values, effects: Effect[]): Row[] | null {
    const batch = [...this.origins.values()];
    if (text.includes("state, digest, bytes, mtime_ms)")) return this.#begin(values, effects);
    if (text.startsWith("select digest")) {
      const known = batch.filter((one) => one.path === values[0] && one.state !== "staging");
      return known.slice(-1).map(({ digest, bytes, mtimeMs, state }) => ({
        digest,
        bytes,
        mtime_ms: mtimeMs,
        state,
      }));
    }
    if (text.includes("rolled_up_to")) return this.#mark(text, values, effects);
    const mine = typeof values[0] === "number" && values[0] >= FIRST_KEY ? values[0] : null;
    if (text.includes("set finished_at = now()\n")) {
      effects.push(() => {
        for (const one of this.origins.values()) if (one.path === values[0]) one.isTakenOver = true;
      });
      return [];
    }
    if (text.startsWith("select origin_key, state")) {
      const found = batch.filter((one) => one.path === values[0] || one.key === mine);
      return found.map(({ key, state }) => ({ origin_key: key, state }));
    }
    if (text.includes("state = 'refused'") && typeof values[0] === "string") {
      const path = values[0], isRows = text.includes("dead_letters");
      effects.push(() => this.forgetRefused(path, isRows));
      return [];
    }
    if (mine === null) return null;
    if (text.startsWith("delete")) {
      this.#deletedBy(effects).add(mine);
      effects.push(() => void this.origins.delete(mine));
    } else if (text.includes("set rows = rows +")) effects.push(() => this.count(mine, values));
    else if (text.includes("set state = 'loaded'")) {
      const origin = this.origins.get(mine);
      if (origin !== undefined) this.#checkUnique(origin, effects);
      effects.push(() => this.finish(mine, "loaded"));
    } else if (text.includes("set state = 'refused'")) {
      effects.push(() => this.finish(mine, "refused"));
    }
    return [];
  }

  #begin(values: Values, effects: Effect[]): Row[] {
    const [, runId, source, path, state, digest, bytes, mtimeMs] = values as unknown as [
      string,
      string,
      string,
      string,
      string,
      string,
      number,
      number,
    ];
    const key = this.#nextKey++;
    const counts = { rows: 0, rejected: 0, minMs: null, maxMs: null };
    const its = { key, path, source, runId, digest, bytes, mtimeMs, state };
    const origin = { ...its, ...counts, isTakenOver: false, rolledUpTo: null };
    if (state !== "staging") this.#checkUnique(origin, effects);
    effects.push(() => {
      this.origins.set(key, origin);
      this.begun++;
    });
    return [{ origin_key: key }];
  }

  /** The unique index `origins_path`. */
  #checkUnique(origin: HistoryOrigin, effects: Effect[]): void {
    const gone = this.#deletedBy(effects);
    for (const { key, path, source, state } of this.origins.values()) {
      const isShown = state === "loading" || state === "loaded";
      if (!isShown || key === origin.key || gone.has(key)) continue;
      if (path === origin.path && source === origin.source) {
        throw new StoreError("rejected", `there is an origin ${path}`, { sqlState: "23505" });
      }
    }
  }

  #deletedBy(effects: Effect[]): Set<number> {
    const deleted = this.#deletes.get(effects) ?? new Set();
    this.#deletes.set(effects, deleted);
    return deleted;
  }

  #insertReadings(text: string, values: Values, effects: Effect[]): Row[] | null {
    const key = Number(values[0]);
    if (key < FIRST_KEY) return null;
    const readings = readingsOf(values);
    if (readings.some(({ volts }) => volts === REFUSED_VOLTS)) {
      throw new StoreError("rejected", "out of range", { sqlState: "22003" });
    }
    const rows = readings.map(({ offset, hostKey, atMs }): HistoryRow => ({
      offset,
      kind: "reading",
      what: this.names.host(hostKey),
      atMs,
    }));
    effects.push(() => this.add(text.includes("chunks_staged"), key, rows));
    return [];
  }

  #insertDeadLetters(text: string, values: Values, effects: Effect[]): Row[] | null {
    const key = Number(values[0]);
    if (key < FIRST_KEY) return null;
    const codes = values[2] as unknown as readonly string[];
    const rows = (values[1] as unknown as readonly number[]).map((offset, index): HistoryRow => ({
      offset,
      kind: "dead_letter",
      what: codes[index]!,
      atMs: 0,
    }));
    effects.push(() => this.add(text.includes("dead_letters_staged"), key, rows));
    return [];
  }

  #touchedHours(text: string, values: Values, effects: Effect[]): Row[] {
    const derived = /select (\d+), region_key/.exec(text)?.[1];
    effects.push(() => {
      if (text.startsWith("delete from rackwatch.touched_hours")) this.touched.clear();
      else if (text.startsWith("insert into rackwatch.touched_hours")) {
        const [keys] = values;
        if (text.includes("chunks_staged")) return this.touch(this.stagedOf(Number(keys)));
        for (const key of keys as unknown as number[]) this.touch(this.rows.get(key) ?? []);
      } else if (text.startsWith("delete from rackwatch.rollups")) {
        this.forgetTouched(text.includes("step_s = 86400"));
      } else if (derived !== undefined) {
        this.derive(Number(derived), text.includes("0 as host_key") ? 0 : 1);
      }
    });
    return [];
  }
}
