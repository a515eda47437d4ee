/** @jsxImportSource preact */
/** The live lines by region: CPU load first, any other measure at a touch, history behind them. */
import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import type { BoardModel } from "../src/browser/board_model.ts";
import { METRIC_ORDER } from "../src/browser/chart_axes.ts";
import { ghostColumns } from "../src/browser/chart_columns.ts";
import { cellAt, slotAt, valuesAt } from "../src/browser/chart_cursor.ts";
import { stalenessText, staleRegions } from "../src/browser/chart_freshness.ts";
import { GHOST_LABELS, stepText, windowText } from "../src/browser/chart_words.ts";
import type { GhostAnswer } from "../src/browser/charts_api.ts";
import { formatMetric, formatNumber, METRIC_VIEWS } from "../src/browser/format.ts";
import type { Metric } from "../src/model/reading.ts";
import type { IslandProps } from "./island.ts";
import { lazy } from "./lazy.tsx";
import type { PlotInput } from "./line_plot.ts";
import { type ChartLink, useChartLink } from "./plot/chart_link.ts";
import { ChartTable } from "./plot/ChartTable.tsx";
import { ExportMenu } from "./plot/ExportMenu.tsx";
import { GhostChoice } from "./plot/GhostChoice.tsx";
import { useKeptView } from "./plot/kept_view.ts";
import { LateNote } from "./plot/LateNote.tsx";
import { MetricPlot } from "./plot/MetricPlot.tsx";
import { RegionName } from "./RegionName.tsx";
import { RangeTabs } from "./RangeTabs.tsx";
import { Tabs } from "./Tabs.tsx";

const ChartGhost = lazy(async () => (await import("./plot/ChartGhost.tsx")).ChartGhost);

export function CpuChart({ model, actions }: IslandProps) {
  const alive = useSignal(false);
  const link = useChartLink();
  const ghost = useSignal<GhostAnswer | null>(null);
  const input = useInput(model, ghost);
  const { view, metric, time } = input.value;
  const { range } = model.shown.value;
  const title = `${METRIC_VIEWS[metric].label} by region`;
  const isLive = model.isLive.value;
  const when = windowText(range, isLive, view.toMs, model.serverNowMs.value, time);
  return (
    <section class="panel chart" aria-labelledby="chart-title">
      <header class="panel-head">
        <h2 class="panel-title" id="chart-title">{title}</h2>
        <Tabs
          label="Measure"
          chosen={model.metric.value}
          tabs={METRIC_ORDER.map((name) => ({ name, label: METRIC_VIEWS[name].label }))}
          onChoose={(name) => actions.setMetric(name as Metric)}
        />
        <GhostChoice model={model} actions={actions} />
        <RangeTabs model={model} actions={actions} />
        <button
          type="button"
          class="tab needs-script"
          aria-label="Exact from and to"
          title="Exact from and to (E)"
          onClick={() => model.dialog.value = "range"}
        >
          …
        </button>
        <ExportMenu
          what={title}
          onExport={async (format, menu) => {
            const { exportChart } = await import("./plot/export_chart.ts");
            const earlier = ghost.peek();
            await exportChart(format, {
              input: input.peek(),
              title,
              when,
              near: menu,
              ghost: earlier && { label: GHOST_LABELS[earlier.name], ...earlier },
            });
          }}
        />
      </header>
      <MetricPlot
        id="chart"
        name={`${title}, ${isLive ? `last ${range.label}` : range.label}`}
        model={model}
        actions={actions}
        input={input}
        link={link}
        alive={alive}
      />
      <Legend model={model} input={input} link={link} />
      {model.chosen.value.ghost !== null && (
        <ChartGhost
          model={model}
          ghost={ghost}
          input={input}
        />
      )}
      <ChartNote model={model} input={input.value} />
      <ChartTable view={view} metric={metric} time={time} live={alive.value} />
    </section>
  );
}

/** What there is to draw; the columns themselves are no signal. */
function useInput(
  model: BoardModel,
  earlier: ReadonlySignal<GhostAnswer | null>,
): ReadonlySignal<PlotInput> {
  const kept = useKeptView();
  return useComputed((): PlotInput => {
    const isLive = model.isLive.value;
    void model.chartVersion.value;
    const { range, metric } = model.shown.value;
    const isMoving = model.chosen.value.cursor.kind === "replay";
    const isAsked = model.history.value.state === "loading" && !isMoving;
    const toMs = model.chartToMs.value;
    const view = kept(isAsked, isLive, () => model.columns.view(range, metric, toMs));
    const ghost = earlier.value;
    return {
      view,
      metric,
      looks: model.looks.value,
      emphasis: model.emphasis.value,
      time: model.time.value,
      ghost: ghost === null || ghost.metric !== metric
        ? []
        : ghostColumns(view, ghost.series, ghost.earlierMs),
      stale: staleRegions(view),
    };
  });
}

interface LegendProps extends Pick<IslandProps, "model"> {
  readonly input: ReadonlySignal<PlotInput>;
  readonly link: ChartLink;
}

function Legend({ model, input, link }: LegendProps) {
  const { view, metric, time } = input.value;
  const atMs = link.crosshairMs.value;
  const earlier = earlierAt(input.value, atMs);
  const emphasise = (region: string | null) => model.emphasis.value = region;
  return (
    <div class="legend">
      {valuesAt(view, atMs).map(({ region, cell }) => (
        <button
          type="button"
          key={region}
          class="legend-item"
          title="Point here to see this region's lowest and highest"
          onPointerEnter={() => emphasise(region)}
          onPointerLeave={() => emphasise(null)}
          onFocus={() => emphasise(region)}
          onBlur={() => emphasise(null)}
        >
          <RegionName region={region} looks={model.looks.value} />
          <strong class="legend-value">{formatMetric(metric, cell?.mean ?? null)}</strong>
          {earlier !== null && (
            <span class="ghost-value">
              <span class="visually-hidden">earlier</span>
              {formatMetric(metric, earlier.get(region)?.mean ?? null)}
            </span>
          )}
          {cell !== null && model.emphasis.value === region && (
            <span class="quiet">
              {formatMetric(metric, cell.min)}–{formatMetric(metric, cell.max)}
            </span>
          )}
        </button>
      ))}
      <LateNote view={view} atMs={atMs} />
      <span class="legend-when quiet">
        {atMs === null ? "newest" : time.near(atMs, view.toMs)}
      </span>
    </div>
  );
}

/** What the ghost says at the crosshair; null: there is none. */
function earlierAt({ view, ghost }: PlotInput, atMs: number | null) {
  if (ghost.length === 0) return null;
  const slot = atMs === null ? view.x.length - 1 : slotAt(view, atMs);
  return new Map(ghost.map((each) => [each.region, slot === null ? null : cellAt(each, slot)]));
}

function ChartNote({ model, input }: Pick<IslandProps, "model"> & { readonly input: PlotInput }) {
  const asked = model.history.value;
  const { view, stale, time } = input;
  const omitted = model.board.value.regions.length - view.regions.length;
  return (
    <p class="note" data-state={asked.state}>
      {asked.state === "loading" && "Loading history … "}
      {asked.state === "failed" && `History is missing: ${asked.message} `}
      Mean per {stepText(view.stepMs)}, {time.zoneLabel}.
      {omitted > 0 && ` ${formatNumber(omitted)} further regions are not drawn.`}
      {stale.length > 0 && <strong>{` ${stale.map(stalenessText).join(", ")}.`}</strong>}
    </p>
  );
}
