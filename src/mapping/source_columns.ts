/**
 * The schema of one live source, as its records show it: the union of the columns that they have.
 * Which record has which does not matter; a change is told once it has settled, and not more often
 * than so many times a minute (column_sightings.ts says when a column comes, goes and changes).
 *
 * A column from which a field is read that another one is read from too is held back until it is
 * known whether that one stays: then it is one more column, else the one renamed.
 */
import { LIMITS } from "../limits.ts";
import type { SchemaColumn } from "../model/schema.ts";
import { AWAY, ColumnSightings, SETTLE_MS, type Sighting } from "./column_sightings.ts";
import type { SeenColumn } from "./live_shape.ts";
import { boundedColumns } from "./schema.ts";

export interface ChangedColumns {
  readonly columns: readonly SchemaColumn[];
  /** The first record with them, as far as that is known, and the last one so far. */
  readonly first: Sighting;
  readonly last: Sighting;
}

/** Records before a first schema is told at once, not after a while. */
const FIRST_RECORDS = 200;
/** What went is remembered for so long, and then for how long it had been away before. */
const GONE_MS_MAX = 86_400_000;

export class SourceColumns {
  readonly #columns = new Map<string, ColumnSightings>();
  #records = 0;
  #first: Sighting | null = null;
  #last: Sighting | null = null;
  #toldMs: number[] = [];
  #toldFirstMs = -Infinity;

  /** The last record so far; null before the first. */
  get last(): Sighting | null {
    return this.#last;
  }

  /** Columns under watch. */
  get size(): number {
    return this.#columns.size;
  }

  /** So many records have these columns. */
  see(columns: readonly SeenColumn[], weight: number, at: Sighting): void {
    const records = this.#records;
    this.#first ??= at;
    this.#last = at;
    this.#records = records + weight;
    for (const column of columns) {
      const known = this.#columns.get(column.name) ?? this.#meet(column, records);
      known?.see(column, records, weight, at);
    }
  }

  /** The schema as it was told: now, or before this process was. Null: none was. */
  get told(): SchemaColumn[] {
    const told = [...this.#columns.values()].filter((column) => column.told !== null);
    return boundedColumns(told.map((column) => column.column()));
  }

  /**
   * What was found is told from now on.
   *
   * @param firstMs When it was first seen: what is found later is of a later moment.
   */
  tell(
    columns: readonly SchemaColumn[],
    { nowMs, firstMs }: { readonly nowMs: number; readonly firstMs: number },
  ): void {
    const byName = new Map(columns.map((column) => [column.name, column]));
    for (const column of columns) {
      if (!this.#columns.has(column.name)) {
        this.#columns.set(column.name, new ColumnSightings(column, this.#records));
      }
    }
    for (const known of this.#columns.values()) known.tell(byName.get(known.name) ?? null);
    this.#toldFirstMs = firstMs;
    this.#toldMs = [...this.#toldMs, nowMs].slice(-LIMITS.schemaLiveVersionsPerMinuteMax);
  }

  /**
   * What is to be told at this moment; null: nothing. It is found again until it is told.
   *
   * @param isEnd No more records come for now: what has not settled is told as it is.
   */
  look(nowMs: number, isEnd = false): ChangedColumns | null {
    const first = this.#first, last = this.#last;
    if (first === null || last === null) return null;
    const columns = [...this.#columns.values()];
    for (const column of columns) if (this.#isForgotten(column, nowMs)) this.#forget(column);
    const settledMs = isEnd ? Math.max(nowMs, last.atMs + SETTLE_MS) : nowMs;
    const told = columns.filter((column) => column.told !== null);
    if (told.length === 0) return this.#firstSchema(settledMs, isEnd, { first, last });
    if (this.#isTooOften(nowMs)) return null;
    const gone = told.filter((column) => column.isAway(this.#records, nowMs, first.atMs));
    const due = columns.filter((column) => column.isDue(this.#records, settledMs));
    // What came with a column that is held back is told together with it.
    if (due.some((column) => isHeld(column, { told, gone }, nowMs))) return null;
    return this.#changed({ told, gone, due }, nowMs, { first, last });
  }

  #changed(
    { told, gone, due }: Record<"told" | "gone" | "due", readonly ColumnSightings[]>,
    nowMs: number,
    { first, last }: Pick<ChangedColumns, "first" | "last">,
  ): ChangedColumns | null {
    const kept = told.filter((column) => !gone.includes(column));
    const added = due.slice(0, Math.max(0, LIMITS.schemaColumnsMax - kept.length));
    const types = new Map(kept.map((column) => [column, column.newType(nowMs)]));
    const firsts = [
      ...added.map((column) => column.first),
      ...kept.filter((column) => types.get(column) !== null).map((column) => column.otherKind),
      ...kept.filter((column) => column.isReadOtherwise).map((column) => column.first),
    ].filter((at) => at !== null);
    if (firsts.length === 0 && gone.length === 0) return null;
    const columns = [...kept, ...added].map((column) => column.column(types.get(column) ?? null));
    const lastSeen = gone.map((column) => column.last ?? first);
    const began = firsts.length > 0 ? earliest(firsts) : latest(lastSeen);
    return {
      columns: boundedColumns(columns),
      first: began !== null && began.atMs > this.#toldFirstMs ? began : last,
      last,
    };
  }

  #firstSchema(
    nowMs: number,
    isEnd: boolean,
    { first, last }: Pick<ChangedColumns, "first" | "last">,
  ): ChangedColumns | null {
    const waitMs = this.#records >= FIRST_RECORDS || isEnd ? SETTLE_MS : AWAY.ms;
    if (nowMs - first.atMs < waitMs) return null;
    const columns = [...this.#columns.values()]
      .filter((column) => column.isCommonIn(this.#records))
      .map((column) => column.column());
    return columns.length === 0 ? null : { columns: boundedColumns(columns), first, last };
  }

  #meet(column: SeenColumn, records: number): ColumnSightings | null {
    if (this.#columns.size >= LIMITS.schemaColumnsMax + LIMITS.schemaCandidatesMax) return null;
    const met = new ColumnSightings(column, records);
    this.#columns.set(column.name, met);
    return met;
  }

  #isForgotten(column: ColumnSightings, nowMs: number): boolean {
    return column.isRare(this.#records) ||
      column.hasGone && nowMs - (column.last?.atMs ?? 0) > GONE_MS_MAX;
  }

  #forget(column: ColumnSightings): void {
    this.#columns.delete(column.name);
  }

  #isTooOften(nowMs: number): boolean {
    const oldest = this.#toldMs[0];
    return this.#toldMs.length >= LIMITS.schemaLiveVersionsPerMinuteMax &&
      oldest !== undefined && nowMs - oldest < 60_000;
  }
}

/** Another column that the same field is read from was not seen since, and may be on its way out. */
function isHeld(
  column: ColumnSightings,
  { told, gone }: Record<"told" | "gone", readonly ColumnSightings[]>,
  nowMs: number,
): boolean {
  const since = column.first!.atMs;
  if (column.mappedTo === null || nowMs - since >= AWAY.longMs) return false;
  return told.some((other) =>
    other.mappedTo === column.mappedTo && !gone.includes(other) &&
    (other.last?.atMs ?? 0) <= since
  );
}

function earliest(sightings: readonly Sighting[]): Sighting | null {
  return sightings.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
}

function latest(sightings: readonly Sighting[]): Sighting | null {
  return sightings.toSorted((a, b) => b.atMs - a.atMs)[0] ?? null;
}
