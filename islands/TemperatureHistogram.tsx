/** @jsxImportSource preact */
/** How temperatures are spread in each region: one row a region, one axis for all. */
import { degreesText } from "../src/browser/degrees.ts";
import { formatNumber, shownValue, unitSign } from "../src/browser/format.ts";
import { edgeLabels, type HistogramRow, histogramRows } from "../src/browser/histogram_view.ts";
import { windowText } from "../src/browser/chart_words.ts";
import type { BoardModel } from "../src/browser/board_model.ts";
import { rangeOf } from "../src/browser/ranges.ts";
import type { Histogram } from "../src/browser/page_state.ts";
import type { CountScale } from "../src/browser/preferences.ts";
import type { IslandProps } from "./island.ts";
import { ExportMenu } from "./plot/ExportMenu.tsx";
import { RegionName } from "./RegionName.tsx";
import { Tabs } from "./Tabs.tsx";

const SCALES: readonly { readonly name: CountScale; readonly label: string }[] = [
  { name: "linear", label: "Linear" },
  { name: "log", label: "Log" },
];

export function TemperatureHistogram({ model, actions }: IslandProps) {
  const histogram = model.histogram.value;
  const asked = model.distribution.value;
  const scale = model.taste.value.countScale;
  const rows = histogram === null
    ? []
    : histogramRows(histogram, scale).filter((row) => row.total > 0);
  const when = whenOf(model);
  return (
    <section class="panel histogram" aria-labelledby="histogram-title">
      <header class="panel-head">
        <h2 class="panel-title" id="histogram-title">Temperature distribution</h2>
        <span class="quiet panel-aside">{when}</span>
        <Tabs
          label="Scale of the counts"
          tabs={SCALES}
          chosen={scale}
          onChoose={(name) => actions.prefer({ countScale: name as CountScale })}
        />
        <ExportMenu
          what="the temperature distribution"
          onExport={async (format, menu) => {
            if (histogram === null) throw new Error("Cannot export: there is no answer yet");
            const { exportHistogram } = await import("./plot/export_histogram.ts");
            const { looks, time } = model;
            await exportHistogram(format, {
              histogram,
              scale,
              when,
              looks: looks.peek(),
              time: time.peek(),
              near: menu,
            });
          }}
        />
      </header>
      {histogram === null || rows.length === 0
        ? <p class="empty">{emptyText(asked.state)}</p>
        : <Rows histogram={histogram} rows={rows} model={model} />}
      {asked.state === "failed" && <p class="note" data-state="failed">{asked.message}</p>}
    </section>
  );
}

/** Of the counts that are shown, until those of the chosen stretch have come. */
function whenOf(model: BoardModel): string {
  const window = model.histogram.value?.window;
  const range = window === undefined ? model.range.value : rangeOf(window.toMs - window.fromMs);
  const isKept = window !== undefined && model.distribution.value.state !== "ready";
  const isOfNow = model.isLive.value && !isKept;
  // What ends now ends so whenever that is: no clock has to be read for its words.
  const toMs = isOfNow ? 0 : window?.toMs ?? model.nowMs.value;
  const nowMs = isOfNow ? 0 : model.serverNowMs.value;
  return windowText(range, isOfNow, toMs, nowMs, model.time.value);
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
            <span key={bin}>{edge === null ? "" : <span>{degreesText(edge)}°</span>}</span>
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
        <span class="quiet">
          median {median} · {formatNumber(row.total)}
          {row.late > 0 && ` · ${formatNumber(row.late)} late`}
        </span>
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
                {degreesText(edge)}–{degreesText(histogram.edges[bin + 1] ?? edge)}
              </th>
              {rows.map((row) => (
                <td key={row.region} class="number">{formatNumber(row.counts[bin] ?? 0)}</td>
              ))}
            </tr>
          ))}
          {rows.some(({ late }) => late > 0) && (
            <tr>
              <th scope="row">Came late</th>
              {rows.map(({ region, late }) => (
                <td key={region} class="number">{formatNumber(late)}</td>
              ))}
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}
