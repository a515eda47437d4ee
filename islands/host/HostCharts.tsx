/** @jsxImportSource preact */
/** The four measures of a host under each other: one crosshair, one brush, one table behind them. */
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { ChartView } from "../../src/browser/chart_columns.ts";
import { stepText } from "../../src/browser/chart_words.ts";
import { METRIC_VIEWS } from "../../src/browser/format.ts";
import { HOST_METRICS } from "../../src/browser/host_words.ts";
import { type OddReading, type OddReadings, oddText } from "../../src/browser/odd_readings.ts";
import type { AlertRule } from "../../src/model/alert.ts";
import { Icon } from "../Icon.tsx";
import type { IslandProps } from "../island.ts";
import { chartHands } from "../plot/chart_hands.ts";
import { useChartLink } from "../plot/chart_link.ts";
import { ExportMenu } from "../plot/ExportMenu.tsx";
import { lastOf } from "./host_columns.ts";
import { onHostKey } from "./host_keys.ts";
import { HostChart } from "./HostChart.tsx";
import { HostChartTable } from "./HostChartTable.tsx";

export interface HostChartsProps extends IslandProps {
  readonly view: ChartView;
  readonly rules: readonly AlertRule[];
  /** Null: not known yet. */
  readonly odd: OddReadings | null;
  readonly name: string;
  readonly region: string;
  readonly className: string;
}

export function HostCharts(props: HostChartsProps) {
  const { view, model, actions, name, region, className } = props;
  const link = useChartLink();
  const hands = useMemo(() => chartHands({ model, actions }, link), []);
  const said = useSignal("");
  const measured = HOST_METRICS.filter((metric) => lastOf(view, metric) !== null);
  const missing = HOST_METRICS.filter((metric) => !measured.includes(metric));
  const atMs = link.crosshairMs.value;
  const time = model.time.value;
  return (
    <section class={`panel host-charts ${className}`} aria-labelledby="host-charts-title">
      <header class="panel-head">
        <h2 class="panel-title" id="host-charts-title">Measures</h2>
        <span class="quiet">
          {atMs === null ? "newest" : `at ${time.near(atMs, view.toMs)}`}
        </span>
        <ExportMenu
          what={`the measures of ${name}`}
          onExport={async (format, near) => {
            const { exportHost } = await import("./export_host.ts");
            await exportHost(format, { host: name, region, view, measured, time, near });
          }}
        />
      </header>
      <div
        class="host-charts-stack"
        role="application"
        aria-label={`Charts of ${name}: arrow keys move the crosshair, with Shift they choose a stretch; Enter goes there`}
        tabIndex={0}
        onKeyDown={(event) => onHostKey(event, { view, measured, hands, said, model, actions })}
      >
        {measured.map((metric) => (
          <HostChart
            key={metric}
            metric={metric}
            hands={hands}
            isLast={metric === measured.at(-1)}
            {...props}
          />
        ))}
      </div>
      <p class="visually-hidden" role="status">{said.value}</p>
      {missing.length > 0 && (
        <p class="note">
          Not measured in this span:{" "}
          {missing.map((metric) => METRIC_VIEWS[metric].label).join(", ")}.
        </p>
      )}
      <p class="note">
        Mean, and lowest to highest, per {stepText(view.stepMs)};{" "}
        {time.zoneLabel}. Drag over a stretch to look into it; two fingers or Ctrl and the wheel
        zoom.
      </p>
      <OddNote {...props} />
      <HostChartTable view={view} model={model} measured={measured} />
    </section>
  );
}

/** What the marks in the charts are, in words. */
function OddNote({ odd, view, model }: HostChartsProps) {
  const shown = oddWithin(odd, view);
  const text = oddText(shown, odd?.more ?? false);
  if (text === null) return null;
  const newest = shown[0]?.atMs ?? view.toMs;
  return (
    <p class="note odd-note">
      <Icon name="warning" /> Readings of this span with an odd time: {text}; the newest of{" "}
      {model.time.value.near(newest, view.toMs)}. Marked ▼ in the charts.
    </p>
  );
}

function oddWithin(odd: OddReadings | null, { fromMs, toMs }: ChartView): readonly OddReading[] {
  return odd?.readings.filter(({ atMs }) => atMs >= fromMs && atMs < toMs) ?? [];
}
