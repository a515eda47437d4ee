/**
 * One column of a live source as it is seen record by record, and what follows from that: whether it
 * is to be told as new, has gone, or holds another kind of value. Numbers of records are the source's.
 *
 * A column goes when it stays away three times as long, in records, as it ever was before: so one
 * that only some records have does not come and go.
 */
import { type SchemaColumn, UNTOLD_TYPE } from "../model/schema.ts";
import type { SeenColumn } from "./live_shape.ts";
import { typeOfKinds, type ValueKind } from "./schema.ts";

/** Where in the archive something was seen. */
export interface Sighting {
  readonly runId: string;
  readonly part: number;
  readonly offset: number;
  /** Null where it is not known. */
  readonly connection: number | null;
  /** Arrival, epoch ms. */
  readonly atMs: number;
}

/** A change is told once it had so long for its companions to come. */
export const SETTLE_MS = 2_000;
/** Gone: away for so many records and so long; of slow sources so few, and so much longer. */
export const AWAY = { records: 200, ms: 10_000, fewRecords: 5, longMs: 120_000 } as const;
/** Away this many times as long as ever before. */
const AWAY_RATIO = 3;
/** A column that nothing is read from counts once this share of so many records has it. */
const TRIAL_RECORDS = 40, TRIAL_SHARE = 0.25;
/** A kind is another one after so many values, or so long; mixed values stay so for more of them. */
const KIND = { values: 20, longMs: 60_000, ofMixed: 200, ofMixedLongMs: 600_000 } as const;

const NO_KINDS: Readonly<Record<ValueKind, number>> = { number: 0, boolean: 0, object: 0, text: 0 };

export class ColumnSightings {
  /** As it is in the source's schema; null: it is not. */
  told: SchemaColumn | null = null;
  /** What it is seen as now. */
  readonly name: string;
  mappedTo: string | null;
  unit: string | null;
  /** Of the sightings since it came: the first, the last, and how many records. */
  first: Sighting | null = null;
  last: Sighting | null = null;
  count = 0;
  lastRecord: number;
  #firstRecord: number;
  #longestAway = 0;
  #hasGone = false;
  #kinds: Record<ValueKind, number> = { ...NO_KINDS };
  /** Where the first value of another kind than told was seen. */
  otherKind: Sighting | null = null;

  /** @param records Of the source before it was seen. */
  constructor({ name, mappedTo, unit }: Omit<SeenColumn, "kind">, records: number) {
    this.name = name;
    this.mappedTo = mappedTo;
    this.unit = unit;
    this.lastRecord = records;
    this.#firstRecord = records;
  }

  /** In `weight` records after the first `records` of the source. */
  see(column: SeenColumn, records: number, weight: number, at: Sighting): void {
    const away = records - this.lastRecord;
    if (away > this.#longestAway) this.#longestAway = away;
    if (this.#hasGone || this.first === null) this.#begin(records, at);
    this.mappedTo = column.mappedTo;
    this.unit = column.unit;
    this.last = at;
    this.lastRecord = records + weight;
    this.count += weight;
    if (column.kind !== null) this.#seeKind(column.kind, weight, at);
  }

  /** It is as told from now on; null: it is not in the schema. */
  tell(told: SchemaColumn | null): void {
    if (told !== null && told.type !== this.told?.type) this.#beginKinds();
    this.#hasGone = told === null && (this.told !== null || this.#hasGone);
    this.told = told;
  }

  get hasGone(): boolean {
    return this.#hasGone;
  }

  /** Not told yet, and to be told now; of what nothing is read from it takes some records. */
  isDue(records: number, nowMs: number): boolean {
    if (this.told !== null || this.#hasGone || this.first === null) return false;
    if (nowMs - this.first.atMs < SETTLE_MS) return false;
    return this.mappedTo !== null || this.#isTried(records) && this.#isCommon(records);
  }

  /** Nothing is read from it, and too few records have it. */
  isRare(records: number): boolean {
    return this.told === null && this.mappedTo === null && !this.#hasGone &&
      this.#isTried(records) && !this.#isCommon(records);
  }

  /** Enough of so many records have it. */
  isCommonIn(records: number): boolean {
    return this.mappedTo !== null || this.count >= records * TRIAL_SHARE;
  }

  /** Told, and away for too long; `sinceMs`: when watching began. */
  isAway(records: number, nowMs: number, sinceMs: number): boolean {
    if (this.told === null) return false;
    const away = records - this.lastRecord;
    const awayMs = nowMs - Math.max(this.last?.atMs ?? 0, sinceMs);
    const awayMin = AWAY_RATIO * this.#longestAway;
    return awayMs >= AWAY.ms && away >= Math.max(AWAY.records, awayMin) ||
      awayMs >= AWAY.longMs && away >= Math.max(AWAY.fewRecords, awayMin);
  }

  /** Told and seen since, and what reads it has changed. */
  get isReadOtherwise(): boolean {
    return this.told !== null && this.first !== null &&
      (this.told.mappedTo !== this.mappedTo || this.told.unit !== this.unit);
  }

  /** The type that its values have now, where that is another one than told; else null. */
  newType(nowMs: number): string | null {
    if (this.told === null || this.otherKind === null) return null;
    const { number, boolean, object, text } = this.#kinds;
    const values = number + boolean + object + text;
    const ageMs = nowMs - this.otherKind.atMs;
    const isMixed = this.told.type === "mixed";
    const isEnough = isMixed
      ? ageMs >= AWAY.ms && values >= KIND.ofMixed || ageMs >= KIND.ofMixedLongMs
      : ageMs >= SETTLE_MS && values >= KIND.values || ageMs >= KIND.longMs;
    if (!isEnough) return null;
    const type = typeOfKinds(this.#kinds);
    if (type !== this.told.type) return type;
    this.#beginKinds();
    return null;
  }

  /** As a schema has it. */
  column(type: string | null = null): SchemaColumn {
    const { name, mappedTo, unit, told } = this;
    return { name, type: type ?? told?.type ?? typeOfKinds(this.#kinds), mappedTo, unit };
  }

  #isCommon(records: number): boolean {
    return this.isCommonIn(records - this.#firstRecord);
  }

  #isTried(records: number): boolean {
    return records - this.#firstRecord >= TRIAL_RECORDS;
  }

  #begin(records: number, at: Sighting): void {
    this.first = at;
    this.count = 0;
    this.#firstRecord = records;
    if (this.told === null) this.#beginKinds();
    this.#hasGone = false;
  }

  #beginKinds(): void {
    this.#kinds = { ...NO_KINDS };
    this.otherKind = null;
  }

  #seeKind(kind: ValueKind, weight: number, at: Sighting): void {
    if (this.told !== null && this.otherKind === null) {
      if (this.told.type === kind) return;
      if (this.told.type === UNTOLD_TYPE) {
        this.told = { ...this.told, type: kind };
        return;
      }
      this.#beginKinds();
      this.otherKind = at;
    }
    this.#kinds[kind] += weight;
  }
}
