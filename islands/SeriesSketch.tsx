/** @jsxImportSource preact */
/** The chart of the first paint, as SVG: what is seen without JavaScript, and until uPlot draws. */
import { valueRange } from "../src/browser/chart_axes.ts";
import type { Cell, ChartView } from "../src/browser/chart_columns.ts";
import type { RegionLook } from "../src/browser/regions.ts";
import { formatMetric } from "../src/browser/format.ts";
import type { TimeFormat } from "../src/browser/times.ts";
import type { Metric } from "../src/model/reading.ts";

export interface SeriesSketchProps {
  /** The chart in one sentence. */
  readonly label: string;
  readonly view: ChartView;
  readonly metric: Metric;
  readonly looks: ReadonlyMap<string, RegionLook>;
  readonly time: TimeFormat;
}

const WIDTH = 1000;
const HEIGHT = 300;

export function SeriesSketch(props: SeriesSketchProps) {
  const { view, metric, time } = props;
  const [low, high] = valueRange(metric, view);
  return (
    <div class="sketch" role="img" aria-label={props.label}>
      <Lines {...props} />
      <span class="sketch-high">{formatMetric(metric, high)}</span>
      <span class="sketch-low">{formatMetric(metric, low)}</span>
      <span class="sketch-from">{time.near(view.fromMs, view.toMs)}</span>
      <span class="sketch-to">{time.clock(view.toMs)}</span>
    </div>
  );
}

function Lines({ view, metric, looks }: SeriesSketchProps) {
  const range = valueRange(metric, view);
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      focusable="false"
    >
      {[0.25, 0.5, 0.75].map((part) => (
        <line class="sketch-grid" x1="0" x2={WIDTH} y1={HEIGHT * part} y2={HEIGHT * part} />
      ))}
      {view.regions.map(({ region, mean }) => (
        <path
          key={region}
          class={`sketch-line ${looks.get(region)?.className ?? ""}`}
          stroke-dasharray={looks.get(region)?.dash.join(" ") || undefined}
          d={pathOf(view, mean, range)}
        />
      ))}
    </svg>
  );
}

function pathOf(view: ChartView, values: readonly Cell[], [low, high]: readonly [number, number]) {
  const spanMs = view.toMs - view.fromMs;
  let path = "";
  let drawing = false;
  values.forEach((value, slot) => {
    if (value === undefined) return;
    if (value === null) {
      drawing = false;
      return;
    }
    const x = (((view.x[slot] ?? 0) * 1000 - view.fromMs) / spanMs) * WIDTH;
    const y = HEIGHT - ((value - low) / (high - low)) * HEIGHT;
    path += `${drawing ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    drawing = true;
  });
  return path;
}
