/** The heatmap's keys: those of a chart, and up and down along the temperatures. */
import type { ReadonlySignal, Signal } from "@preact/signals";
import type { CursorStep } from "../../src/browser/chart_cursor.ts";
import { columnAt, type Heatmap, type HeatmapCell } from "../../src/browser/heatmap.ts";
import type { ChartHands } from "../plot/chart_hands.ts";
import { onChartKey } from "../plot/chart_keys.ts";
import type { Answer } from "../use_answer.ts";
import type { HeatmapAnswer } from "./Heatmap.tsx";

export interface HeatmapTarget {
  readonly answer: ReadonlySignal<Answer<HeatmapAnswer>>;
  readonly cell: Signal<HeatmapCell | null>;
  readonly hands: ChartHands;
}

export function heatmapKeys(event: KeyboardEvent, { answer, cell, hands }: HeatmapTarget): void {
  const heatmap = answer.peek().value?.heatmap;
  if (heatmap === undefined || heatmap.edges.length === 0) return;
  if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    event.preventDefault();
    event.stopPropagation();
    moveBin(heatmap, cell, hands, event.key === "ArrowUp" ? 1 : -1);
    return;
  }
  onChartKey(event, {
    hands,
    stepped: (atMs, step) => stepped(heatmap, atMs, step),
    moved: (atMs) => {
      const column = columnAt(heatmap, atMs);
      const bin = cell.peek()?.bin;
      cell.value = column === null || bin === undefined ? null : { column, bin };
    },
  });
  if (event.key === "Escape") cell.value = null;
}

const PAGE = 10;

function stepped(heatmap: Heatmap, atMs: number | null, step: CursorStep): number {
  const last = heatmap.t.length - 1;
  const now = atMs === null ? null : columnAt(heatmap, atMs);
  const by = { back: -1, forth: 1, pageBack: -PAGE, pageForth: PAGE, first: -last, last };
  const column = now === null ? last : Math.min(last, Math.max(0, now + by[step]));
  return middleMs(heatmap, column);
}

/** From nowhere it starts at the newest column's most frequent temperature. */
function moveBin(
  heatmap: Heatmap,
  cell: Signal<HeatmapCell | null>,
  { link }: ChartHands,
  by: number,
): void {
  const atMs = link.crosshairMs.peek();
  const column = (atMs === null ? null : columnAt(heatmap, atMs)) ?? heatmap.t.length - 1;
  const bins = heatmap.counts[column] ?? [];
  const before = cell.peek()?.bin;
  const bin = before === undefined
    ? bins.indexOf(bins.reduce((most, each) => Math.max(most, each), 0))
    : Math.min(bins.length - 1, Math.max(0, before + by));
  cell.value = { column, bin };
  link.crosshairMs.value = middleMs(heatmap, column);
}

function middleMs({ t, stepMs }: Heatmap, column: number): number {
  return (t[column] ?? 0) + stepMs / 2;
}
