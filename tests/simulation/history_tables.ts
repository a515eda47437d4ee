/**
 * History's tables in the simulated store: origins, rows, staged rows, rollups by tier and hour, and
 * what a swap does to them. History has a region of its own, so that its rollups are told from the
 * live ones.
 */
import type { SqlValue } from "../../src/store/database.ts";

export const HISTORY_REGION = "History";

export interface HistoryRow {
  readonly offset: number;
  readonly kind: "reading" | "dead_letter";
  /** Of a reading: its host; of a dead letter: its code. */
  readonly what: string;
  /** Of a reading. */
  readonly atMs: number;
}

export interface HistoryOrigin {
  readonly key: number;
  readonly path: string;
  readonly source: string;
  readonly runId: string;
  readonly digest: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  state: string;
  rows: number;
  rejected: number;
  minMs: number | null;
  maxMs: number | null;
  /** Another load has begun. */
  isTakenOver: boolean;
  /** From which offset on its readings are in no rollup yet; null: all are. */
  rolledUpTo: number | null;
}

export type Values = readonly SqlValue[];
const HOUR_MS = 3_600_000;
const DAY_S = 86_400;

/** Of what is derived at once: hours, but for the tier of days. */
export const spanMs = (step: number) => step === DAY_S ? DAY_S * 1000 : HOUR_MS;

export class HistoryTables {
  readonly origins = new Map<number, HistoryOrigin>();
  readonly rows = new Map<number, HistoryRow[]>();
  /** Readings counted in rollups, by tier and hour or day: `region 10 7`, `host 60 7`. */
  readonly rollups = new Map<string, number>();
  readonly staged = new Map<number, HistoryRow[]>();
  readonly touched = new Set<number>();

  addReadings(step: number, hostKey: number, bucketMs: number, readings: number): void {
    const tier = `${hostKey === 0 ? "region" : "host"} ${step}`;
    const name = `${tier} ${Math.floor(bucketMs / spanMs(step))}`;
    this.rollups.set(name, (this.rollups.get(name) ?? 0) + readings);
  }

  count(key: number, values: Values): void {
    const origin = this.origins.get(key);
    if (origin === undefined) return;
    const [, rows, rejected, minMs, maxMs] = values as unknown as [
      number,
      number,
      number,
      ...(
        | number
        | null
      )[],
    ];
    origin.rows += rows;
    origin.rejected += rejected;
    if (typeof minMs === "number") origin.minMs = Math.min(origin.minMs ?? minMs, minMs);
    if (typeof maxMs === "number") origin.maxMs = Math.max(origin.maxMs ?? maxMs, maxMs);
  }

  finish(key: number, state: "loaded" | "refused"): void {
    const origin = this.origins.get(key);
    if (origin === undefined) return;
    const refused = { rows: 0, rejected: 1, minMs: null, maxMs: null };
    Object.assign(origin, { state }, state === "refused" ? refused : {});
  }

  forgetRefused(path: string, isRows: boolean): void {
    for (const { key, state, path: its } of [...this.origins.values()]) {
      if (its !== path || state !== "refused") continue;
      if (isRows) this.keep(key, (row) => row.kind === "reading");
      else this.origins.delete(key);
    }
  }

  add(isStaged: boolean, key: number, rows: readonly HistoryRow[]): void {
    const table = isStaged ? this.staged : this.rows;
    table.set(key, [...table.get(key) ?? [], ...rows]);
  }

  stagedOf(key: number): HistoryRow[] {
    return this.staged.get(key) ?? [];
  }

  moveStaged(text: string, key: number): void {
    const kind = text.includes("chunks_staged")
      ? "reading"
      : text.includes("dead_letters_staged")
      ? "dead_letter"
      : null;
    this.add(false, key, this.stagedOf(key).filter((row) => row.kind === kind));
  }

  forgetStaged(text: string, key: number): void {
    const left = this.stagedOf(key).filter((row) =>
      row.kind === "reading"
        ? !text.includes(".chunks_staged")
        : !text.includes(".dead_letters_staged")
    );
    this.staged.set(key, left);
  }

  keep(key: number, keeps: (row: HistoryRow) => boolean): void {
    this.rows.set(key, (this.rows.get(key) ?? []).filter(keeps));
  }

  deleteRows(isReadings: boolean, [keys]: Values): void {
    for (const key of keys as unknown as number[]) {
      this.keep(key, (row) => (row.kind === "reading") !== isReadings);
    }
  }

  touch(rows: readonly HistoryRow[]): void {
    for (const row of rows) {
      if (row.kind === "reading") this.touched.add(Math.floor(row.atMs / HOUR_MS));
    }
  }

  /** Whether what is derived at once, and holds the time, holds a touched hour. */
  isTouched(step: number, atMs: number): boolean {
    const hours = spanMs(step) / HOUR_MS;
    const span = Math.floor(atMs / spanMs(step));
    return [...this.touched].some((hour) => Math.floor(hour / hours) === span);
  }

  /** Takes out what is derived anew: days, or all that is finer. */
  forgetTouched(isDays: boolean): void {
    for (const name of [...this.rollups.keys()]) {
      const [, step, span] = name.split(" ").map(Number) as [number, number, number];
      if ((step === DAY_S) !== isDays) continue;
      if (this.isTouched(step, span * spanMs(step))) this.rollups.delete(name);
    }
  }

  derive(step: number, hostKey: number): void {
    for (const [key, rows] of this.rows) {
      const upTo = this.origins.get(key)?.rolledUpTo ?? Infinity;
      for (const { kind, atMs, offset } of rows) {
        if (kind === "reading" && offset < upTo && this.isTouched(step, atMs)) {
          this.addReadings(step, hostKey, atMs, 1);
        }
      }
    }
  }
}
