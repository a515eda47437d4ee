/** @jsxImportSource preact */
/**
 * One line chart: as the server drew it and the page moves it, then as uPlot draws it; for hands,
 * keys and screen readers.
 */
import { type ReadonlySignal, type Signal, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { lastValue } from "../../src/browser/chart_axes.ts";
import { valuesAt } from "../../src/browser/chart_cursor.ts";
import { CHART_KEYS_TEXT, spokenValues } from "../../src/browser/chart_words.ts";
import { METRIC_VIEWS } from "../../src/browser/format.ts";
import { lateText } from "../../src/browser/late_marks.ts";
import type { IslandProps } from "../island.ts";
import type { PlotInput } from "../line_plot.ts";
import { SeriesSketch } from "../SeriesSketch.tsx";
import type { ChartLink } from "./chart_link.ts";
import { usePlot } from "./use_plot.ts";

export interface MetricPlotProps extends IslandProps {
  /** Of the page, for what the chart is described by. */
  readonly id: string;
  /** `CPU load by region, last 5 min` */
  readonly name: string;
  readonly input: ReadonlySignal<PlotInput>;
  readonly link: ChartLink;
  /** Becomes true when it moves, and answers to hands and keys. */
  readonly alive: Signal<boolean>;
  /** uPlot draws it without being asked: it has others beside it, which share its crosshair. */
  readonly isLinked?: boolean;
}

export function MetricPlot(props: MetricPlotProps) {
  const { id, name, input, alive, isLinked = false } = props;
  const host = useRef<HTMLDivElement>(null);
  const said = useSignal("");
  const drawn = useSignal(false);
  usePlot(host, { ...props, isLinked, said, drawn });
  const { view, metric } = input.value;
  const label = METRIC_VIEWS[metric].label;
  const newest = spokenValues(
    metric,
    valuesAt(view, null),
    `${name}; newest`,
    lateText(view, null),
  );
  const isEmpty = view.regions.every((region) => lastValue(region.mean) === null);
  const role = {
    role: "application",
    "aria-roledescription": "chart",
    "aria-label": name,
    "aria-describedby": `${id}-newest ${id}-keys`,
    tabIndex: 0,
  } as const;
  return (
    <div class="chart-body">
      {!drawn.value && <SeriesSketch label={alive.value ? null : newest} input={input.value} />}
      <div ref={host} class="chart-plot" {...(alive.value ? role : {})} />
      <p class="visually-hidden" id={`${id}-newest`}>{newest}</p>
      <p class="visually-hidden" id={`${id}-keys`}>{CHART_KEYS_TEXT}</p>
      <p class="visually-hidden" aria-live="polite">{said.value}</p>
      {isEmpty && <p class="chart-empty">No {label} in this span yet.</p>}
    </div>
  );
}
