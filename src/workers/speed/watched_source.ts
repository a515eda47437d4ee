/** One live source under watch: what it sent, and which of its records are looked at. */
import { LIMITS } from "../../limits.ts";
import { ShapeReader } from "../../mapping/live_shape.ts";
import type { Mapping } from "../../mapping/normaliser.ts";
import { SourceColumns } from "../../mapping/source_columns.ts";
import type { SourceTraffic } from "../../model/status.ts";

/** Records that are looked at between two looks, and beyond them one of so many. */
const LOOKED_AT_MAX = 64, ONE_OF = 32;

export class WatchedSource {
  readonly name: string;
  readonly shapes: ShapeReader;
  readonly columns = new SourceColumns();
  /** New versions of its schema that this process told. */
  changes = 0;
  /** When it was written down last. */
  touchedMs = -Infinity;
  #records = 0;
  #lastMs: number | null = null;
  #sinceLook = 0;

  constructor(mapping: Mapping) {
    this.name = mapping.declaration.name;
    this.shapes = new ShapeReader(mapping);
  }

  get traffic(): SourceTraffic {
    return {
      name: this.name,
      records: this.#records,
      last_record: this.#lastMs === null ? null : new Date(this.#lastMs).toISOString(),
      schema_changes: this.changes,
    };
  }

  hear(records: number, atMs: number): void {
    this.#records += records;
    if (this.#lastMs === null || atMs > this.#lastMs) this.#lastMs = atMs;
  }

  /** For how many records the next one stands; 0: it is not looked at. */
  weightOfNext(): number {
    const nth = ++this.#sinceLook;
    if (nth <= LOOKED_AT_MAX) return 1;
    return nth % ONE_OF === 0 ? ONE_OF : 0;
  }

  startAnew(): void {
    this.#sinceLook = 0;
  }

  /** It was heard since it was written down, and that was long ago, or is the last time. */
  isToTouch(nowMs: number, isEnd: boolean): boolean {
    const heardMs = this.columns.last?.atMs ?? -Infinity;
    return heardMs > this.touchedMs && (isEnd || nowMs - this.touchedMs >= LIMITS.schemaTouchMs);
  }
}
