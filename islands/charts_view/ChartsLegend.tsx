/** @jsxImportSource preact */
/** The one legend of all linked charts: what each region says at the crosshair, measure by measure. */
import { METRIC_ORDER, type TableCell } from "../../src/browser/chart_axes.ts";
import { cellAt, slotAt, valuesAt } from "../../src/browser/chart_cursor.ts";
import { formatMetric, formatNumber, METRIC_VIEWS, shownValue } from "../../src/browser/format.ts";
import type { Metric } from "../../src/model/reading.ts";
import type { IslandProps } from "../island.ts";
import type { ChartLink } from "../plot/chart_link.ts";
import { GhostNote } from "../plot/GhostNote.tsx";
import { RegionName } from "../RegionName.tsx";
import type { ChartsInput } from "./use_charts.ts";

export interface ChartsLegendProps extends IslandProps {
  readonly charts: ChartsInput;
  readonly link: ChartLink;
}

export function ChartsLegend(props: ChartsLegendProps) {
  const { model, charts, link } = props;
  const atMs = link.crosshairMs.value;
  const { ghost, earlierMs } = charts.shown.value;
  const time = model.time.value;
  const { fromMs, toMs } = charts.inputs.cpu_load.value.view;
  const columns = METRIC_ORDER.map((metric) => columnOf(charts, metric, atMs));
  return (
    <div class="charts-legend scroll">
      <table class="table">
        <caption class="visually-hidden">
          Values by region; a region's button draws it alone
        </caption>
        <thead>
          <tr>
            <th scope="col" class="charts-when">
              {atMs === null ? "newest" : time.near(atMs, toMs)}
            </th>
            {METRIC_ORDER.map((metric) => (
              <th key={metric} scope="col">
                <span class="legend-mean">{METRIC_VIEWS[metric].label}</span>
                <span class="visually-hidden">, mean, lowest and highest</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {charts.regions.value.map((region) => (
            <RegionRow key={region} region={region} columns={columns} {...props} />
          ))}
        </tbody>
      </table>
      {ghost !== null && (
        <GhostNote
          name={ghost}
          columns={METRIC_ORDER.flatMap((metric) => charts.whole[metric].value.ghost)}
          fromMs={fromMs - earlierMs}
          toMs={toMs - earlierMs}
          time={time}
        />
      )}
    </div>
  );
}

/** One measure at the crosshair, by region. */
interface LegendColumn {
  readonly metric: Metric;
  readonly now: ReadonlyMap<string, TableCell | null>;
  /** Null: there is no ghost. */
  readonly earlier: ReadonlyMap<string, TableCell | null> | null;
}

function columnOf(charts: ChartsInput, metric: Metric, atMs: number | null): LegendColumn {
  const { view, ghost } = charts.whole[metric].value;
  const slot = atMs === null ? view.x.length - 1 : slotAt(view, atMs);
  return {
    metric,
    now: new Map(valuesAt(view, atMs).map(({ region, cell }) => [region, cell])),
    earlier: charts.shown.value.ghost === null
      ? null
      : new Map(ghost.map((each) => [each.region, slot === null ? null : cellAt(each, slot)])),
  };
}

function RegionRow({ region, columns, model, actions, charts }: ChartsLegendProps & {
  readonly region: string;
  readonly columns: readonly LegendColumn[];
}) {
  const chosen = model.chosen.value.region;
  const isOnly = chosen === region;
  const isOff = chosen !== null && !isOnly && charts.regions.value.includes(chosen);
  const emphasise = (name: string | null) => model.emphasis.value = name;
  return (
    <tr
      data-off={isOff ? "" : undefined}
      onPointerEnter={() => emphasise(region)}
      onPointerLeave={() => emphasise(null)}
    >
      <th scope="row">
        <button
          type="button"
          class="legend-item"
          aria-pressed={isOnly}
          title={isOnly ? "Draw all regions again" : "Draw this region alone"}
          onFocus={() => emphasise(region)}
          onBlur={() => emphasise(null)}
          onClick={() => actions.go({ region: isOnly ? null : region })}
        >
          <RegionName region={region} looks={model.looks.value} />
        </button>
      </th>
      {columns.map(({ metric, now, earlier }) => (
        <Value
          key={metric}
          metric={metric}
          cell={now.get(region) ?? null}
          earlier={earlier === null ? undefined : earlier.get(region) ?? null}
        />
      ))}
    </tr>
  );
}

function Value({ metric, cell, earlier }: {
  readonly metric: Metric;
  readonly cell: TableCell | null;
  /** Undefined: there is no ghost. */
  readonly earlier: TableCell | null | undefined;
}) {
  return (
    <td>
      <strong class="legend-mean">{formatMetric(metric, cell?.mean ?? null)}</strong>
      {cell !== null && <span class="legend-spread quiet">{spreadText(metric, cell)}</span>}
      {earlier !== undefined && (
        <span class="ghost-value">
          <span class="visually-hidden">earlier</span>
          <span class="legend-mean">{formatMetric(metric, earlier?.mean ?? null)}</span>
        </span>
      )}
    </td>
  );
}

/** Without the unit: that stands beside the mean. */
function spreadText(metric: Metric, { min, max }: TableCell): string {
  const { digits } = METRIC_VIEWS[metric];
  const text = (value: number) => formatNumber(shownValue(metric, value), digits);
  return `${text(min)}–${text(max)}`;
}
