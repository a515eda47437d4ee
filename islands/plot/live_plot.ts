/**
 * A line chart that uPlot draws: once per animation frame at most, and not at all while the tab is
 * hidden.
 */
import { effect } from "@preact/signals";
import { formats } from "../../src/browser/formats.ts";
import { createLinePlot } from "../line_plot.ts";
import { onThemeChange } from "../../src/browser/theme.ts";
import type { PlotParts } from "./use_plot.ts";

/** @returns what ends it */
export function runPlot(element: HTMLElement, { input, link, drawn }: PlotParts): () => void {
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
  const observer = new ResizeObserver(() => plot.resize());
  observer.observe(element);
  const stopRestyling = onThemeChange(() => plot.restyle());
  return () => {
    stopDrawing();
    stopMarking();
    observer.disconnect();
    stopRestyling();
    cancelAnimationFrame(asked);
    plot.destroy();
  };
}
