/**
 * A line chart that is alive: drawn once per animation frame at most, and not at all while the tab
 * is hidden; for pointer, wheel, fingers and keys.
 */
import { effect } from "@preact/signals";
import { slotAt, steppedMs, valuesAt } from "../../src/browser/chart_cursor.ts";
import { spokenValues } from "../../src/browser/chart_words.ts";
import { formats } from "../../src/browser/formats.ts";
import { lateText } from "../../src/browser/late_marks.ts";
import { createLinePlot } from "../line_plot.ts";
import { onThemeChange } from "../../src/browser/theme.ts";
import { chartHands } from "./chart_hands.ts";
import { onChartKey } from "./chart_keys.ts";
import { watchChart } from "./gestures.ts";
import type { PlotParts } from "./use_plot.ts";

/** @returns what ends it */
export function runPlot(element: HTMLElement, parts: PlotParts): () => void {
  const { input, link, drawn, said } = parts;
  const hands = chartHands(parts, link);
  const plot = createLinePlot(element);
  let asked = 0;
  const draw = () => {
    asked = 0;
    plot.draw(input.peek());
    drawn.value = true;
  };
  const stopDrawing = effect(() => {
    void [input.value, formats.value];
    if (asked === 0) asked = requestAnimationFrame(draw);
  });
  const stopMarking = effect(() =>
    plot.mark({ crosshairMs: link.crosshairMs.value, brush: link.brush.value })
  );
  const keys = new AbortController();
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
    }), { signal: keys.signal });
  const unwatch = watchChart(element, hands, plot.msAt);
  const observer = new ResizeObserver(() => plot.resize());
  observer.observe(element);
  const stopRestyling = onThemeChange(() => plot.restyle());
  return () => {
    stopDrawing();
    stopMarking();
    keys.abort();
    unwatch();
    observer.disconnect();
    stopRestyling();
    cancelAnimationFrame(asked);
    plot.destroy();
  };
}
