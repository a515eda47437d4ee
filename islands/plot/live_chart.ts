/**
 * A line chart that answers to pointer, wheel, fingers and keys, whoever draws it. The sketch shows
 * all but crosshair and brush: uPlot, which is larger than the rest of the page's script, comes when
 * somebody looks closer.
 */
import { slotAt, steppedMs, valuesAt } from "../../src/browser/chart_cursor.ts";
import { spokenValues } from "../../src/browser/chart_words.ts";
import { lateText } from "../../src/browser/late_marks.ts";
import type { TimeWindow } from "../../src/browser/ranges.ts";
import { viewsStyle } from "../views_style.ts";
import { chartHands } from "./chart_hands.ts";
import { onChartKey } from "./chart_keys.ts";
import { watchChart } from "./gestures.ts";
import type { PlotParts } from "./use_plot.ts";

/** A pointer that lies on the chart as the page opens enters it with its first movement only. */
const CLOSER = ["pointerenter", "pointermove", "pointerdown", "focus"] as const;

/** @returns what ends it */
export function runChart(element: HTMLElement, parts: PlotParts): () => void {
  const { input, link, alive, isLinked, said } = parts;
  const hands = chartHands(parts, link);
  const ending = new AbortController();
  const { signal } = ending;
  element.addEventListener("keydown", (event) =>
    onChartKey(event, {
      hands,
      stepped: (atMs, step) => steppedMs(input.peek().view, atMs, step),
      moved: (atMs) => {
        const { metric, view, time } = input.peek();
        const slot = slotAt(view, atMs), when = time.near(atMs, view.toMs);
        const late = slot === null ? "" : lateText(view, slot);
        said.value = spokenValues(metric, valuesAt(view, atMs), when, late);
      },
    }), { signal });
  const unwatch = watchChart(element, hands, (x) => momentAt(element, input.peek().view, x));
  const draw = drawnOnce(element, parts, signal);
  if (isLinked) draw();
  else for (const type of CLOSER) element.addEventListener(type, draw, { signal, passive: true });
  alive.value = true;
  return () => {
    ending.abort();
    unwatch();
  };
}

/** Has uPlot draw it at the first call; where that fails, at the next one. */
function drawnOnce(element: HTMLElement, parts: PlotParts, signal: AbortSignal): () => void {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    Promise.all([import("./live_plot.ts"), viewsStyle()]).then(([{ runPlot }]) => {
      if (!signal.aborted) signal.addEventListener("abort", runPlot(element, parts));
    }, () => isAsked = false);
  };
}

/** The moment at a place on the screen, within what is shown. */
function momentAt(element: HTMLElement, { fromMs, toMs }: TimeWindow, clientX: number): number {
  const area = element.parentElement?.querySelector(".u-over, .sketch") ?? element;
  const { left, width } = area.getBoundingClientRect();
  const part = Math.min(1, Math.max(0, (clientX - left) / Math.max(1, width)));
  return fromMs + part * (toMs - fromMs);
}
