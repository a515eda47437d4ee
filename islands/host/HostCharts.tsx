/** @jsxImportSource preact */
/** The four measures of a host under each other: one crosshair, one brush, one table behind them. */
import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { limitsOf } from "../../src/browser/alert_rules.ts";
import { lastValue, tableOf } from "../../src/browser/chart_axes.ts";
import type { ChartView, RegionColumn } from "../../src/browser/chart_columns.ts";
import { formatMetric, formatSpan, METRIC_VIEWS } from "../../src/browser/format.ts";
import { formats } from "../../src/browser/formats.ts";
import type { AlertRule } from "../../src/model/alert.ts";
import { HOST_METRICS } from "../../src/browser/host_words.ts";
import type { Metric } from "../../src/model/reading.ts";
import { onThemeChange } from "../../src/browser/theme.ts";
import type { IslandProps } from "../island.ts";
import { ExportMenu } from "../plot/ExportMenu.tsx";
import { createHostPlot, type HostPlot } from "./host_plot.ts";

const TABLE_ROWS = 12;

export interface HostChartsProps extends IslandProps {
  readonly view: ChartView;
  readonly rules: readonly AlertRule[];
  readonly name: string;
  readonly region: string;
  readonly className: string;
}

export function HostCharts(props: HostChartsProps) {
  const { view, model, name, region, className } = props;
  const plots = useRef(new Map<Metric, HostPlot>());
  const cursor = useSignal<number | null>(null);
  const marked = useSignal<readonly [number, number] | null>(null);
  const said = useSignal("");
  const measured = HOST_METRICS.filter((metric) => lastOf(view, metric) !== null);
  const missing = HOST_METRICS.filter((metric) => !measured.includes(metric));
  const onKeyDown = useCrosshairKeys({
    ...props,
    plots: plots.current,
    cursor,
    marked,
    said,
    measured,
  });
  const atMs = cursor.value === null ? null : (view.x[cursor.value] ?? 0) * 1000;
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
        onKeyDown={onKeyDown}
      >
        {measured.map((metric) => (
          <Chart
            key={metric}
            metric={metric}
            plots={plots.current}
            cursor={cursor}
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
        Mean, and lowest to highest, per {formatSpan(view.stepMs).replace(".0", "")};{" "}
        {time.zoneLabel}. Drag over a stretch to look into it.
      </p>
      <TableOfCharts view={view} model={model} measured={measured} />
    </section>
  );
}

function columnOf(view: ChartView, metric: Metric): RegionColumn | undefined {
  return view.regions.find((each) => each.region === metric);
}

function lastOf(view: ChartView, metric: Metric) {
  return lastValue(columnOf(view, metric)?.mean ?? []);
}

interface ChartProps extends HostChartsProps {
  readonly metric: Metric;
  readonly plots: Map<Metric, HostPlot>;
  readonly cursor: Signal<number | null>;
  readonly isLast: boolean;
}

function Chart(props: ChartProps) {
  const { view, metric, cursor, isLast } = props;
  const host = useRef<HTMLDivElement>(null);
  usePlot(props, host);
  const column = columnOf(view, metric);
  const slot = cursor.value ?? lastOf(view, metric)?.index ?? null;
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

function valueWords(metric: Metric, { mean, min, max }: RegionColumn, slot: number): string {
  const value = mean[slot] ?? null, low = min[slot] ?? null, high = max[slot] ?? null;
  if (value === null) return "no reading";
  const range = low === high
    ? ""
    : ` (${formatMetric(metric, low)} to ${formatMetric(metric, high)})`;
  return formatMetric(metric, value) + range;
}

function usePlot(props: ChartProps, host: { readonly current: HTMLDivElement | null }): void {
  const { view, metric, plots, cursor, isLast, actions, model, rules } = props;
  const plot = useRef<HostPlot | null>(null);
  const input = () => {
    const column = columnOf(view, metric);
    if (column === undefined) return;
    const limits = limitsOf(rules, metric);
    plot.current?.draw({ view, metric, column, limits, time: model.time.peek() });
  };
  const draw = useRef(input);
  draw.current = input;
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const made = createHostPlot(element, isLast, {
      onCursor: (slot) => cursor.value = slot,
      onBrush: (fromMs, toMs) => actions.zoom(fromMs, toMs),
    });
    plot.current = made;
    plots.set(metric, made);
    draw.current();
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(element);
    const stopRestyling = onThemeChange(() => made.restyle());
    return () => {
      observer.disconnect();
      stopRestyling();
      plots.delete(metric);
      made.destroy();
    };
  }, [isLast]);
  useEffect(() => draw.current(), [view, rules, model.time.value, formats.value]);
}

interface KeyContext extends HostChartsProps {
  readonly plots: ReadonlyMap<Metric, HostPlot>;
  readonly cursor: Signal<number | null>;
  readonly marked: Signal<readonly [number, number] | null>;
  readonly said: Signal<string>;
  readonly measured: readonly Metric[];
}

/** The crosshair by the keyboard. */
function useCrosshairKeys(context: KeyContext): (event: KeyboardEvent) => void {
  const { view, plots, cursor, marked, said, measured, model, actions } = context;
  const startMs = (slot: number) => (view.x[slot] ?? 0) * 1000 - view.stepMs / 2;
  useSignalEffect(() => {
    const slots = marked.value;
    for (const plot of plots.values()) plot.mark(slots);
  });
  const move = (by: number, marks: boolean) => {
    const from = cursor.peek() ?? view.x.length - 1;
    const to = Math.max(0, Math.min(view.x.length - 1, from + by));
    marked.value = marks ? [marked.peek()?.[0] ?? from, to] : null;
    for (const plot of plots.values()) plot.point(to);
    cursor.value = to;
    const values = measured.map((metric) => {
      const column = columnOf(view, metric);
      const words = column === undefined ? "" : valueWords(metric, column, to);
      return `${METRIC_VIEWS[metric].label} ${words}`;
    });
    said.value = `${model.time.peek().near(startMs(to), view.toMs)}: ${values.join(", ")}`;
  };
  const enter = () => {
    const at = cursor.peek(), stretch = marked.peek();
    if (stretch !== null) {
      const [first, last] = [Math.min(...stretch), Math.max(...stretch)];
      marked.value = null;
      actions.zoom(startMs(first), startMs(last) + view.stepMs);
    } else if (at !== null) {
      actions.go({ cursor: { kind: "paused", atMs: Math.round(startMs(at) + view.stepMs) } });
    }
  };
  const leave = () => {
    marked.value = cursor.value = null;
    for (const plot of plots.values()) plot.point(null);
  };
  const steps: Readonly<Record<string, (event: KeyboardEvent) => void>> = {
    ArrowLeft: (event) => move(-1, event.shiftKey),
    ArrowRight: (event) => move(1, event.shiftKey),
    PageUp: (event) => move(-10, event.shiftKey),
    PageDown: (event) => move(10, event.shiftKey),
    Home: (event) => move(-view.x.length, event.shiftKey),
    End: (event) => move(view.x.length, event.shiftKey),
    Enter: enter,
    Escape: leave,
  };
  return (event) => {
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    // These keys move the crosshair here, and not the page's place in time.
    event.preventDefault();
    event.stopPropagation();
    step(event);
  };
}

function TableOfCharts({ view, model, measured }: {
  readonly view: ChartView;
  readonly measured: readonly Metric[];
} & Pick<IslandProps, "model">) {
  const open = useSignal(false);
  const time = model.time.value;
  const places = measured.map((metric) => view.regions.findIndex((each) => each.region === metric));
  return (
    <details class="as-table" onToggle={(event) => open.value = event.currentTarget.open}>
      <summary>As a table</summary>
      {open.value && (
        <div class="scroll">
          <table class="table">
            <caption class="visually-hidden">Means of the host's measures over time</caption>
            <thead>
              <tr>
                <th scope="col">From ({time.zoneLabel})</th>
                {measured.map((metric) => (
                  <th key={metric} scope="col" class="number">{METRIC_VIEWS[metric].label}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {tableOf(view, TABLE_ROWS).map(({ atMs, cells }) => (
                <tr key={atMs}>
                  <th scope="row">{time.near(atMs, view.toMs)}</th>
                  {measured.map((metric, at) => (
                    <td key={metric} class="number">
                      {formatMetric(metric, cells[places[at] ?? -1]?.mean ?? null)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
