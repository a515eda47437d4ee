/** @jsxImportSource preact */
/** One measure of a host, for pointer, wheel and fingers. */
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { limitsOf } from "../../src/browser/alert_rules.ts";
import { slotAt } from "../../src/browser/chart_cursor.ts";
import { METRIC_VIEWS } from "../../src/browser/format.ts";
import { formats } from "../../src/browser/formats.ts";
import { oddMarks } from "../../src/browser/odd_readings.ts";
import { onThemeChange } from "../../src/browser/theme.ts";
import type { Metric } from "../../src/model/reading.ts";
import type { ChartHands } from "../plot/chart_hands.ts";
import { watchChart } from "../plot/gestures.ts";
import { columnOf, lastOf, valueWords } from "./host_columns.ts";
import { createHostPlot, type HostPlot } from "./host_plot.ts";
import type { HostChartsProps } from "./HostCharts.tsx";

export interface HostChartProps extends HostChartsProps {
  readonly metric: Metric;
  readonly hands: ChartHands;
  readonly isLast: boolean;
}

export function HostChart(props: HostChartProps) {
  const { view, metric, hands, isLast } = props;
  const host = useRef<HTMLDivElement>(null);
  usePlot(props, host);
  const column = columnOf(view, metric);
  const atMs = hands.link.crosshairMs.value;
  const pointed = atMs === null ? null : slotAt(view, atMs);
  const slot = pointed ?? lastOf(view, metric)?.index ?? null;
  return (
    <figure class={isLast ? "host-chart with-times" : "host-chart"} data-metric={metric}>
      <figcaption class="host-chart-head">
        <strong>{METRIC_VIEWS[metric].label}</strong>
        <span class="host-chart-value">
          {slot === null || column === undefined ? "" : valueWords(metric, column, slot)}
        </span>
      </figcaption>
      <div class="host-plot" ref={host} />
    </figure>
  );
}

function usePlot(props: HostChartProps, host: { readonly current: HTMLDivElement | null }): void {
  const { view, metric, hands, isLast, model, rules, odd } = props;
  const plot = useRef<HostPlot | null>(null);
  const input = () => {
    const column = columnOf(view, metric);
    if (column === undefined) return;
    const limits = limitsOf(rules, metric);
    const marks = oddMarks(view, odd?.readings ?? []);
    plot.current?.draw({ view, metric, column, limits, marks, time: model.time.peek() });
  };
  const draw = useRef(input);
  draw.current = input;
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const made = createHostPlot(element, isLast);
    plot.current = made;
    draw.current();
    const { crosshairMs, brush } = hands.link;
    const stopMarking = effect(() =>
      made.mark({ crosshairMs: crosshairMs.value, brush: brush.value })
    );
    const unwatch = watchChart(element, hands, made.msAt);
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(element);
    const stopRestyling = onThemeChange(() => made.restyle());
    return () => {
      stopMarking();
      unwatch();
      observer.disconnect();
      stopRestyling();
      made.destroy();
    };
  }, [isLast]);
  useEffect(() => draw.current(), [view, rules, odd, model.time.value, formats.value]);
}
