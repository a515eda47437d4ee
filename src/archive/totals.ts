/** Sums over appends: of a part while it grows, of a part sealed, of a run. */
import type { IndexRecord } from "./index_record.ts";

export interface Totals {
  readonly bytes: number;
  readonly lines: number;
  readonly appends: number;
  readonly firstArrivalMs: number | null;
  readonly lastArrivalMs: number | null;
  /** Hash of the last index record; of the chain's start where there is none. */
  readonly chainHead: string;
}

export function emptyTotals(chainHead: string): Totals {
  return { bytes: 0, lines: 0, appends: 0, firstArrivalMs: null, lastArrivalMs: null, chainHead };
}

/** Totals of a run from those of its parts, in order. */
export function sumTotals(parts: readonly Totals[], chainHead: string): Totals {
  return parts.reduce<Totals>((sum, part) => ({
    bytes: sum.bytes + part.bytes,
    lines: sum.lines + part.lines,
    appends: sum.appends + part.appends,
    firstArrivalMs: sum.firstArrivalMs ?? part.firstArrivalMs,
    lastArrivalMs: part.lastArrivalMs ?? sum.lastArrivalMs,
    chainHead: part.chainHead,
  }), emptyTotals(chainHead));
}

/** `totals` and the append after. */
export function addAppend(totals: Totals, append: Omit<IndexRecord, "prev">): Totals {
  return {
    bytes: append.offset + append.length,
    lines: totals.lines + append.lines,
    appends: totals.appends + 1,
    firstArrivalMs: totals.firstArrivalMs ?? append.arrivalMs,
    lastArrivalMs: append.arrivalMs,
    chainHead: append.hash,
  };
}
