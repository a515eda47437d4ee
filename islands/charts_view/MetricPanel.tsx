/** @jsxImportSource preact */
/** One measure of the charts view. */
import { useSignal } from "@preact/signals";
import { GHOST_LABELS } from "../../src/browser/chart_words.ts";
import { METRIC_VIEWS } from "../../src/browser/format.ts";
import type { Metric } from "../../src/model/reading.ts";
import type { IslandProps } from "../island.ts";
import type { ChartLink } from "../plot/chart_link.ts";
import { ChartTable } from "../plot/ChartTable.tsx";
import { ExportMenu } from "../plot/ExportMenu.tsx";
import { MetricPlot } from "../plot/MetricPlot.tsx";
import type { ChartsInput } from "./use_charts.ts";

export interface MetricPanelProps extends IslandProps {
  readonly metric: Metric;
  readonly charts: ChartsInput;
  readonly link: ChartLink;
  /** `last 5 min` */
  readonly when: string;
}

export function MetricPanel({ metric, charts, link, when, ...props }: MetricPanelProps) {
  const alive = useSignal(false);
  const input = charts.inputs[metric];
  const { view, time } = input.value;
  const title = `${METRIC_VIEWS[metric].label} by region`;
  const { range, ghost, earlierMs } = charts.shown.value;
  const isLive = props.model.isLive.value;
  return (
    <section class="panel chart" data-metric={metric} aria-labelledby={`chart-${metric}-title`}>
      <header class="panel-head">
        <h3 class="panel-title" id={`chart-${metric}-title`}>{METRIC_VIEWS[metric].label}</h3>
        <ExportMenu
          what={title}
          onExport={async (format, menu) => {
            const { exportChart } = await import("../plot/export_chart.ts");
            const earlier = ghost === null ? null : { label: GHOST_LABELS[ghost], earlierMs };
            await exportChart(format, {
              input: input.peek(),
              title,
              when,
              near: menu,
              ghost: earlier,
            });
          }}
        />
      </header>
      <MetricPlot
        {...props}
        id={`chart-${metric}`}
        name={`${title}, ${isLive ? `last ${range.label}` : range.label}`}
        input={input}
        link={link}
        alive={alive}
        isLinked
      />
      <ChartTable view={view} metric={metric} time={time} live={alive.value} />
    </section>
  );
}
