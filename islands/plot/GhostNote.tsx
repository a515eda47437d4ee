/** @jsxImportSource preact */
/** What the dashed lines are, in words: from when, and whether anything was recorded then. */
import type { GhostName } from "../../src/browser/address.ts";
import type { RegionColumn } from "../../src/browser/chart_columns.ts";
import { GHOST_LABELS } from "../../src/browser/chart_words.ts";
import { lastValue } from "../../src/browser/chart_axes.ts";
import type { TimeFormat } from "../../src/browser/times.ts";

export function GhostNote({ name, columns, fromMs, toMs, time }: {
  readonly name: GhostName;
  readonly columns: readonly RegionColumn[];
  /** Of the earlier stretch itself. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly time: TimeFormat;
}) {
  const isEmpty = columns.every((column) => lastValue(column.mean) === null);
  return (
    <p class="note ghost-note">
      <svg class="ghost-mark" viewBox="0 0 24 10" aria-hidden="true" focusable="false">
        <line x1="0" x2="24" y1="5" y2="5" />
      </svg>{" "}
      {GHOST_LABELS[name]}, dashed: {time.moment(fromMs)} to {time.near(toMs, fromMs)}
      {isEmpty && ". Nothing was recorded then"}
    </p>
  );
}
