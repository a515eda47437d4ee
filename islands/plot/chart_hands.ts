/** What hands on a chart do to the page: move the crosshair, select, zoom. */
import type { Actions } from "../../src/browser/actions.ts";
import type { BoardModel } from "../../src/browser/board_model.ts";
import { SPAN_MS_MAX, SPAN_MS_MIN, type TimeWindow } from "../../src/browser/ranges.ts";
import { zoomedAround } from "../../src/browser/timeline_window.ts";
import type { ChartLink } from "./chart_link.ts";

export interface ChartHands {
  readonly link: ChartLink;
  /** What the chart shows. */
  window(): TimeWindow;
  /** A stretch that was selected fills the charts. */
  select(stretch: TimeWindow): void;
  /** Narrower (`factor` < 1) or wider around a moment. */
  zoom(factor: number, aroundMs: number): void;
}

export function chartHands(
  { model, actions }: { readonly model: BoardModel; readonly actions: Actions },
  link: ChartLink,
): ChartHands {
  const window = (): TimeWindow => {
    const toMs = model.nowMs.peek();
    return { fromMs: toMs - model.range.peek().ms, toMs };
  };
  return {
    link,
    window,
    select: ({ fromMs, toMs }) => {
      const spanMs = Math.max(SPAN_MS_MIN, toMs - fromMs);
      const middleMs = (fromMs + toMs) / 2;
      const endMs = Math.min(model.serverNowMs.peek(), Math.max(toMs, middleMs + spanMs / 2));
      actions.zoom(endMs - spanMs, endMs);
      link.brush.value = null;
    },
    zoom: (factor, aroundMs) => {
      const nowMs = model.serverNowMs.peek();
      const before = window();
      const next = zoomedAround(before, factor, aroundMs, {
        fromMs: nowMs - SPAN_MS_MAX,
        toMs: nowMs,
      });
      if (Math.abs(next.toMs - next.fromMs - (before.toMs - before.fromMs)) < 1) return;
      // Turns of a wheel that follow one another are one movement, and one step back.
      actions.zoom(next.fromMs, next.toMs, true);
    },
  };
}
