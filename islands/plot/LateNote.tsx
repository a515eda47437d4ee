/** @jsxImportSource preact */
/** What the marks below the lines are: which regions' readings came late, at the crosshair or at all. */
import type { ChartView } from "../../src/browser/chart_columns.ts";
import { slotAt } from "../../src/browser/chart_cursor.ts";
import { lateText } from "../../src/browser/late_marks.ts";
import { ODD_TITLES } from "../../src/browser/odd_readings.ts";

export function LateNote({ view, atMs }: {
  readonly view: ChartView;
  /** Null: no crosshair. */
  readonly atMs: number | null;
}) {
  const text = lateText(view, atMs === null ? null : slotAt(view, atMs));
  return text === "" ? null : <span class="late-note" title={ODD_TITLES.late}>▲ late: {text}</span>;
}
