/** @jsxImportSource preact */
/** The live lines by region: CPU load first, any other measure at a touch, history behind them. */
import { useEffect, useRef } from "preact/hooks";
import { effect, type Signal, useSignal } from "@preact/signals";
import { lastValue, tableOf } from "../src/browser/chart_axes.ts";
import type { ChartView, RegionColumn } from "../src/browser/chart_columns.ts";
import { formatMetric, formatNumber, formatSpan, METRIC_VIEWS } from "../src/browser/format.ts";
import { formats } from "../src/browser/formats.ts";
import { searchOf } from "../src/browser/address.ts";
import { RANGES } from "../src/browser/ranges.ts";
import { onThemeChange } from "../src/browser/theme.ts";
import type { Metric } from "../src/model/reading.ts";
import type { IslandProps } from "./island.ts";
import { createLinePlot } from "./line_plot.ts";
import { RegionName } from "./RegionName.tsx";
import { SeriesSketch } from "./SeriesSketch.tsx";
import { Tabs } from "./Tabs.tsx";

const METRIC_ORDER: readonly Metric[] = ["cpu_load", "temp_c", "power_watts", "voltage"];
const TABLE_ROWS = 12;

export function CpuChart({ model, actions }: IslandProps) {
  const host = useRef<HTMLDivElement>(null);
  const drawn = useSignal(false);
  const cursor = useSignal<number | null>(null);
  const { range, metric } = model.shown.value;
  // Read so that this renders again when there is something new to draw.
  void model.chartVersion.value;
  const view = model.columns.view(range, metric, model.chartToMs.value);
  usePlot(model, host, drawn, cursor);
  const empty = view.regions.every((region) => lastValue(region.mean) === null);
  return (
    <section class="panel chart" aria-labelledby="chart-title">
      <header class="panel-head">
        <h2 class="panel-title" id="chart-title">{METRIC_VIEWS[metric].label} by region</h2>
        <Tabs
          label="Measure"
          chosen={model.metric.value}
          tabs={METRIC_ORDER.map((name) => ({ name, label: METRIC_VIEWS[name].label }))}
          onChoose={(name) => actions.setMetric(name as Metric)}
        />
        <Tabs
          label="Span of time"
          chosen={model.range.value.name}
          tabs={RANGES.map((range) => ({
            name: range.name,
            label: range.label,
            href: `/${searchOf({ ...model.chosen.value, range }, model.nowMs.value)}`,
          }))}
          onChoose={actions.setRange}
        />
        <button
          type="button"
          class="tab needs-script"
          aria-label="Exact from and to"
          title="Exact from and to (E)"
          onClick={() => model.dialog.value = "range"}
        >
          …
        </button>
      </header>
      <div class="chart-body" role="img" aria-label={spoken(view, metric, range.label)}>
        {!drawn.value && (
          <SeriesSketch
            view={view}
            metric={metric}
            looks={model.looks.value}
            time={model.time.value}
          />
        )}
        <div class="chart-plot" ref={host} />
        {empty && <p class="chart-empty">No {METRIC_VIEWS[metric].label} in this span yet.</p>}
      </div>
      <Legend model={model} view={view} metric={metric} cursor={cursor.value} />
      <ChartNote model={model} view={view} />
      <TableOfChart model={model} view={view} metric={metric} live={drawn.value} />
    </section>
  );
}

/** Draws once per animation frame at most, and not at all while the tab is hidden. */
function usePlot(
  model: IslandProps["model"],
  host: { readonly current: HTMLDivElement | null },
  drawn: Signal<boolean>,
  cursor: Signal<number | null>,
): void {
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const plot = createLinePlot(element, (index) => cursor.value = index);
    let asked = 0;
    const draw = () => {
      asked = 0;
      const { range, metric } = model.shown.peek();
      plot.draw({
        view: model.columns.view(range, metric, model.chartToMs.peek()),
        metric,
        looks: model.looks.peek(),
        emphasis: model.emphasis.peek(),
        time: model.time.peek(),
      });
      drawn.value = true;
    };
    const stop = effect(() => {
      void [
        model.chartVersion.value,
        model.chartToMs.value,
        model.emphasis.value,
        model.shown.value,
        model.time.value,
        formats.value,
      ];
      if (asked === 0) asked = requestAnimationFrame(draw);
    });
    const observer = new ResizeObserver(() => plot.resize());
    observer.observe(element);
    const stopRestyling = onThemeChange(() => plot.restyle());
    return () => {
      stop();
      cancelAnimationFrame(asked);
      observer.disconnect();
      stopRestyling();
      plot.destroy();
    };
  }, []);
}

interface ViewProps extends Pick<IslandProps, "model"> {
  readonly view: ChartView;
}

function Legend({ model, view, metric, cursor }: ViewProps & {
  readonly metric: Metric;
  readonly cursor: number | null;
}) {
  const emphasise = (region: string | null) => model.emphasis.value = region;
  const atMs = cursor === null ? null : (view.x[cursor] ?? 0) * 1000;
  return (
    <div class="legend">
      {view.regions.map((column) => (
        <button
          type="button"
          key={column.region}
          class="legend-item"
          title="Point here to see this region's lowest and highest"
          onPointerEnter={() => emphasise(column.region)}
          onPointerLeave={() => emphasise(null)}
          onFocus={() => emphasise(column.region)}
          onBlur={() => emphasise(null)}
        >
          <RegionName region={column.region} looks={model.looks.value} />
          <strong class="legend-value">{formatMetric(metric, valueAt(column, cursor))}</strong>
        </button>
      ))}
      <span class="legend-when quiet">
        {atMs === null ? "newest" : model.time.value.near(atMs, model.chartToMs.value)}
      </span>
    </div>
  );
}

function valueAt(column: RegionColumn, cursor: number | null): number | null {
  if (cursor === null) return lastValue(column.mean)?.value ?? null;
  return lastValue(column.mean.slice(0, cursor + 1))?.value ?? null;
}

function ChartNote({ model, view }: ViewProps) {
  const asked = model.history.value;
  const omitted = model.board.value.regions.length - view.regions.length;
  return (
    <p class="note" data-state={asked.state}>
      {asked.state === "loading" && "Loading history … "}
      {asked.state === "failed" && `History is missing: ${asked.message} `}
      Mean per {formatSpan(view.stepMs).replace(".0", "")}, {model.time.value.zoneLabel}.
      {omitted > 0 && ` ${formatNumber(omitted)} further regions are not drawn.`}
    </p>
  );
}

function TableOfChart({ model, view, metric, live }: ViewProps & {
  readonly metric: Metric;
  readonly live: boolean;
}) {
  const open = useSignal(false);
  const time = model.time.value;
  return (
    <details class="as-table" onToggle={(event) => open.value = event.currentTarget.open}>
      <summary>As a table</summary>
      {(open.value || !live) && (
        <div class="scroll">
          <table class="table">
            <caption class="visually-hidden">{METRIC_VIEWS[metric].label}, mean by region</caption>
            <thead>
              <tr>
                <th scope="col">From ({time.zoneLabel})</th>
                {view.regions.map(({ region }) => (
                  <th key={region} scope="col" class="number">{region}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {tableOf(view, TABLE_ROWS).map((row) => (
                <tr key={row.atMs}>
                  <th scope="row">{time.near(row.atMs, view.toMs)}</th>
                  {row.means.map((mean, index) => (
                    <td key={index} class="number">{formatMetric(metric, mean)}</td>
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

/** The chart in one sentence. */
function spoken(view: ChartView, metric: Metric, range: string): string {
  const values = view.regions.map(({ region, mean }) =>
    `${region} ${formatMetric(metric, lastValue(mean)?.value ?? null)}`
  );
  return `${METRIC_VIEWS[metric].label} by region over the last ${range}; newest: ${
    values.join(", ") || "nothing yet"
  }`;
}
