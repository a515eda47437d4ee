/** @jsxImportSource preact */
/** How temperatures were spread at each moment: time to the right, °C upwards, readings as colour. */
import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { pageAsk } from "../../src/browser/ask.ts";
import { CHART_KEYS_TEXT, stepText, windowText } from "../../src/browser/chart_words.ts";
import { degreesText } from "../../src/browser/degrees.ts";
import { formatNumber, shownDifference, unitSign } from "../../src/browser/format.ts";
import {
  askHeatmap,
  columnAt,
  columnFigures,
  type Heatmap as HeatmapData,
  type HeatmapCell,
  peakOf,
} from "../../src/browser/heatmap.ts";
import { rangeOf, type TimeWindow } from "../../src/browser/ranges.ts";
import type { IslandProps } from "../island.ts";
import { chartHands } from "../plot/chart_hands.ts";
import type { ChartLink } from "../plot/chart_link.ts";
import { ExportMenu } from "../plot/ExportMenu.tsx";
import { useAnswer } from "../use_answer.ts";
import { heatmapKeys } from "./heatmap_keys.ts";
import { HeatmapTable } from "./HeatmapTable.tsx";
import { RegionChoice } from "./RegionChoice.tsx";
import { useHeatmapCanvas } from "./use_heatmap_canvas.ts";

/** Of an hour 30 s, of a day 10 min, of a week 2 h. */
const POINTS = 144;
const BINS = 40;
const LIVE_EVERY_MS = 10_000;
const REPLAY_EVERY_MS = 1_000;

export interface HeatmapAnswer {
  readonly heatmap: HeatmapData;
  readonly window: TimeWindow;
  readonly region: string | null;
}

export function Heatmap({ model, actions, link }: IslandProps & { readonly link: ChartLink }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const cell = useSignal<HeatmapCell | null>(null);
  const hands = useMemo(() => chartHands({ model, actions }, link), []);
  const answer = useAnswer(
    model,
    () => JSON.stringify([model.range.value.name, model.chosen.value.region]),
    (atMs) => askFor(atMs ?? model.nowMs.peek(), model.range.peek().ms, model.chosen.peek().region),
    { liveEveryMs: LIVE_EVERY_MS, replayEveryMs: REPLAY_EVERY_MS },
  );
  useHeatmapCanvas(canvas, { answer, model, hands, cell });
  const { value, state, message } = answer.value;
  const time = model.time.value;
  const { region } = model.chosen.value;
  // What is shown is of this region and stretch, until the chosen ones have come.
  const shown = value ?? {
    region,
    window: { fromMs: model.nowMs.value - model.range.value.ms, toMs: model.nowMs.value },
  };
  const whose = shown.region ?? "all regions";
  const isEmpty = value !== null && value.heatmap.edges.length === 0;
  const range = rangeOf(shown.window.toMs - shown.window.fromMs);
  const isOfNow = model.isLive.value && (value === null || state === "ready");
  const when = windowText(range, isOfNow, shown.window.toMs, model.serverNowMs.value, time);
  return (
    <section class="panel panel-wide heatmap" aria-labelledby="heatmap-title">
      <header class="panel-head">
        <h3 class="panel-title" id="heatmap-title">Temperature over time, {whose}</h3>
        <RegionChoice model={model} actions={actions} />
        <ExportMenu
          what="the heatmap"
          onExport={async (format, menu) => {
            if (value === null) throw new Error("Cannot export: there is no answer yet");
            const { exportHeatmap } = await import("./export_heatmap.ts");
            await exportHeatmap(format, { ...value, time, when, near: menu });
          }}
        />
      </header>
      <div class="chart-body">
        <canvas
          ref={canvas}
          class="heatmap-canvas"
          role="application"
          aria-roledescription="heatmap"
          aria-label={`Temperature over time, ${whose}, ${range.label}`}
          aria-describedby="heatmap-keys"
          tabIndex={0}
          onKeyDown={(event) => heatmapKeys(event, { answer, cell, hands })}
        />
        {isEmpty && <p class="chart-empty">No temperatures in this span yet.</p>}
      </div>
      <p class="visually-hidden" id="heatmap-keys">
        {CHART_KEYS_TEXT} Up and down move by degrees.
      </p>
      <p class="note heatmap-said" aria-live="polite">
        {value === null ? "" : said(value.heatmap, cell.value, link.crosshairMs.value, time)}
      </p>
      <p class="note" data-state={state}>
        {state === "failed" && `The heatmap is missing: ${message} `}
        {value !== null && noteOf(value.heatmap, when)}
      </p>
      {value !== null && !isEmpty && <HeatmapTable heatmap={value.heatmap} time={time} />}
    </section>
  );
}

async function askFor(
  toMs: number,
  spanMs: number,
  region: string | null,
): Promise<HeatmapAnswer> {
  const window = { fromMs: Math.max(0, toMs - spanMs), toMs };
  const heatmap = await askHeatmap(pageAsk, { region, window, points: POINTS, bins: BINS });
  return { heatmap, window, region };
}

function noteOf(heatmap: HeatmapData, when: string): string {
  const width = shownDifference("temp_c", (heatmap.edges[1] ?? 0) - (heatmap.edges[0] ?? 0));
  const bin = `${formatNumber(width, Number.isInteger(width) ? 0 : 1)}\u202f${unitSign("temp_c")}`;
  const late = heatmap.late.reduce((sum, each) => sum + each, 0);
  return `${when}; readings per ${stepText(heatmap.stepMs)} and ${bin}, ` +
    `colour on a log scale up to ${formatNumber(peakOf(heatmap))}.` +
    (late === 0 ? "" : ` ▲ ${formatNumber(late)} came late.`);
}

/** What stands under the pointer or the keyboard's cursor. */
function said(
  heatmap: HeatmapData,
  cell: HeatmapCell | null,
  crosshairMs: number | null,
  time: IslandProps["model"]["time"]["value"],
): string {
  const column = cell?.column ?? (crosshairMs === null ? null : columnAt(heatmap, crosshairMs));
  if (column === null) return "";
  const at = time.moment(heatmap.t[column] ?? 0);
  const came = heatmap.late[column] ?? 0;
  const late = came === 0 ? "" : `; in all ${formatNumber(came)} came late`;
  if (cell !== null) {
    const count = heatmap.counts[column]?.[cell.bin] ?? 0;
    const [low, high] = [heatmap.edges[cell.bin] ?? 0, heatmap.edges[cell.bin + 1] ?? 0];
    return `${at}, ${degreesText(low)}–${degreesText(high)}\u202f${unitSign("temp_c")}: ` +
      `${formatNumber(count)} readings${late}`;
  }
  const figures = columnFigures(heatmap, column);
  if (figures === null) return `${at}: no readings${late}`;
  return `${at}: ${formatNumber(figures.readings)} readings, ` +
    `${degreesText(figures.low)} to ${degreesText(figures.high)}\u202f${unitSign("temp_c")}${late}`;
}
