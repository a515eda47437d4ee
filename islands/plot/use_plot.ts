/** A line chart in the page: what makes it answer to hands comes once the page is live. */
import type { ReadonlySignal, Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { whenSettled } from "../../src/browser/settled.ts";
import type { PlotInput } from "../line_plot.ts";
import type { IslandProps } from "../island.ts";
import type { ChartLink } from "./chart_link.ts";

export interface PlotParts extends IslandProps {
  readonly input: ReadonlySignal<PlotInput>;
  readonly link: ChartLink;
  /** Becomes true when it answers to hands and keys. */
  readonly alive: Signal<boolean>;
  /** uPlot draws it without being asked. */
  readonly isLinked: boolean;
  /** Becomes true with uPlot's first picture. */
  readonly drawn: Signal<boolean>;
  /** What a screen reader is told of the keyboard's crosshair. */
  readonly said: Signal<string>;
}

export function usePlot(
  host: { readonly current: HTMLElement | null },
  parts: PlotParts,
): void {
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    let stop: (() => void) | null = null;
    let gone = false;
    // Where it can't be had, the chart still moves, and the page says that the server is away.
    whenSettled(parts.model).then(() => import("./live_chart.ts")).then(({ runChart }) => {
      if (!gone) stop = runChart(element, parts);
    }, () => {});
    return () => {
      gone = true;
      stop?.();
    };
  }, []);
}
