/** @jsxImportSource preact */
/** How temperatures are spread in each region: one row a region, one axis for all. */
import { formatNumber, shownValue, unitSign } from "../src/browser/format.ts";
import { edgeLabels, type HistogramRow, histogramRows } from "../src/browser/histogram_view.ts";
import type { Histogram } from "../src/browser/page_state.ts";
import type { IslandProps } from "./island.ts";
import { RegionName } from "./RegionName.tsx";

export function TemperatureHistogram({ model }: IslandProps) {
  const histogram = model.histogram.value;
  const asked = model.distribution.value;
  const rows = histogram === null ? [] : histogramRows(histogram).filter((row) => row.total > 0);
  return (
    <section class="panel histogram" aria-labelledby="histogram-title">
      <header class="panel-head">
        <h2 class="panel-title" id="histogram-title">Temperature distribution</h2>
        <span class="quiet panel-aside">last {model.range.value.label}</span>
      </header>
      {histogram === null || rows.length === 0
        ? <p class="empty">{emptyText(asked.state)}</p>
        : <Rows histogram={histogram} rows={rows} model={model} />}
      {asked.state === "failed" && <p class="note" data-state="failed">{asked.message}</p>}
    </section>
  );
}

function emptyText(state: "ready" | "loading" | "failed"): string {
  if (state === "loading") return "Loading …";
  return state === "failed"
    ? "The distribution could not be loaded."
    : "No temperatures in this span yet.";
}

interface RowsProps extends Pick<IslandProps, "model"> {
  readonly histogram: Histogram;
  readonly rows: readonly HistogramRow[];
}

function Rows({ histogram, rows, model }: RowsProps) {
  return (
    <>
      <div class="histogram-rows">
        {rows.map((row) => <Row key={row.region} row={row} model={model} />)}
        <div class="histogram-axis" aria-hidden="true">
          {edgeLabels(histogram.edges).map((edge, bin) => (
            <span key={bin}>{edge === null ? "" : <span>{degrees(edge)}°</span>}</span>
          ))}
        </div>
      </div>
      <details class="as-table">
        <summary>As a table</summary>
        <HistogramTable histogram={histogram} rows={rows} />
      </details>
    </>
  );
}

function Row({ row, model }: { readonly row: HistogramRow } & Pick<IslandProps, "model">) {
  const look = model.looks.value.get(row.region);
  const median = row.median === null
    ? "–"
    : `${formatNumber(shownValue("temp_c", row.median))}\u202f${unitSign("temp_c")}`;
  const bins = row.counts.length;
  return (
    <div class={`histogram-row ${look?.className ?? ""}`}>
      <div class="histogram-head">
        <RegionName region={row.region} looks={model.looks.value} />
        <span class="quiet">median {median} · {formatNumber(row.total)}</span>
      </div>
      <svg
        class="bars"
        viewBox={`0 0 ${bins} 100`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${row.region}: ${formatNumber(row.total)} readings, median ${median}`}
      >
        {row.heights.map((height, bin) => (
          <rect
            key={bin}
            x={bin + 0.06}
            width={0.88}
            y={100 - barHeight(height)}
            height={barHeight(height)}
          />
        ))}
      </svg>
    </div>
  );
}

/** An edge, given in °C, as the number of degrees that is shown. */
function degrees(edge: number): string {
  const value = shownValue("temp_c", edge);
  return formatNumber(value, Number.isInteger(value) ? 0 : 1);
}

/** A single reading among thousands still shows. */
function barHeight(height: number): number {
  return height === 0 ? 0 : Math.max(3, Math.round(height * 1000) / 10);
}

function HistogramTable({ histogram, rows }: Omit<RowsProps, "model">) {
  return (
    <div class="scroll">
      <table class="table">
        <caption class="visually-hidden">Readings by temperature and region</caption>
        <thead>
          <tr>
            <th scope="col">{unitSign("temp_c")}</th>
            {rows.map((row) => <th key={row.region} scope="col" class="number">{row.region}</th>)}
          </tr>
        </thead>
        <tbody>
          {histogram.edges.slice(0, -1).map((edge, bin) => (
            <tr key={bin}>
              <th scope="row">
                {degrees(edge)}–{degrees(histogram.edges[bin + 1] ?? edge)}
              </th>
              {rows.map((row) => (
                <td key={row.region} class="number">{formatNumber(row.counts[bin] ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
