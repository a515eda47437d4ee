/** The heatmap's canvas: drawn when something changed, and listening to pointer and wheel. */
import { effect, type ReadonlySignal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { BoardModel } from "../../src/browser/board_model.ts";
import { formats } from "../../src/browser/formats.ts";
import { columnAt, type HeatmapCell } from "../../src/browser/heatmap.ts";
import { onThemeChange } from "../../src/browser/theme.ts";
import { msAt } from "../../src/browser/timeline_window.ts";
import { readColours } from "../plot/canvas_colours.ts";
import type { ChartHands } from "../plot/chart_hands.ts";
import { watchChart } from "../plot/gestures.ts";
import type { Answer } from "../use_answer.ts";
import type { HeatmapAnswer } from "./Heatmap.tsx";
import { cellPlace, drawHeatmap, LEFT, RIGHT } from "./heatmap_draw.ts";

export interface HeatmapCanvas {
  readonly answer: ReadonlySignal<Answer<HeatmapAnswer>>;
  readonly model: BoardModel;
  readonly hands: ChartHands;
  readonly cell: Signal<HeatmapCell | null>;
}

export function useHeatmapCanvas(
  canvas: { readonly current: HTMLCanvasElement | null },
  { answer, model, hands, cell }: HeatmapCanvas,
): void {
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const { crosshairMs, brush } = hands.link;
    let colours = readColours(element);
    let asked = 0;
    const draw = () => {
      asked = 0;
      const { value } = answer.peek();
      if (value === null) return;
      const marks = {
        cell: cell.peek(),
        crosshairMs: crosshairMs.peek(),
        brush: brush.peek(),
        time: model.time.peek(),
      };
      drawHeatmap(element, { ...value, ...marks }, colours);
    };
    const want = () => asked = asked === 0 ? requestAnimationFrame(draw) : asked;
    const stopDrawing = effect(() => {
      void [
        answer.value,
        crosshairMs.value,
        brush.value,
        cell.value,
        model.time.value,
        formats.value,
      ];
      want();
    });
    const timeAt = (clientX: number) => {
      const { left, width } = element.getBoundingClientRect();
      const window = answer.peek().value?.window ?? hands.window();
      const x = Math.min(width - RIGHT, Math.max(LEFT, clientX - left));
      return msAt(x - LEFT, window, width - LEFT - RIGHT);
    };
    const stopWatching = watchChart(element, hands, timeAt);
    const stopPointing = watchPointer(element, (clientX, clientY) => {
      const value = answer.peek().value;
      const column = value === null ? null : columnAt(value.heatmap, timeAt(clientX));
      const bin = value === null ? null : cellPlace(element, clientY, value.heatmap);
      cell.value = column === null || bin === null ? null : { column, bin };
    }, () => cell.value = null);
    const observer = new ResizeObserver(want);
    observer.observe(element);
    const stopRestyling = onThemeChange(() => {
      colours = readColours(element);
      want();
    });
    return () => {
      stopDrawing();
      stopWatching();
      stopPointing();
      observer.disconnect();
      stopRestyling();
      cancelAnimationFrame(asked);
    };
  }, []);
}

function watchPointer(
  element: HTMLElement,
  at: (clientX: number, clientY: number) => void,
  gone: () => void,
): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  element.addEventListener("pointermove", (event) => at(event.clientX, event.clientY), { signal });
  element.addEventListener("pointerdown", (event) => at(event.clientX, event.clientY), { signal });
  element.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse") gone();
  }, { signal });
  return () => stop.abort();
}
