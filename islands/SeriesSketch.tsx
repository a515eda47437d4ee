/** @jsxImportSource preact */
/**
 * A line chart as SVG: what the server draws first, what is seen without JavaScript, and what moves
 * until somebody looks closer. It is as large as its place, which needs no script to be known.
 */
import { lastValue, lonePoints, timeLabel, valueRange } from "../src/browser/chart_axes.ts";
import { bandsOf } from "../src/browser/chart_bands.ts";
import {
  acrossOf,
  bandPath,
  BOX_HEIGHT,
  BOX_WIDTH,
  type Frame,
  lateSigns,
  linePath,
  oldEnds,
  placeOf,
  tailPath,
} from "../src/browser/chart_sketch.ts";
import { tickDigits, timeTicks, valueTicks } from "../src/browser/chart_ticks.ts";
import { formatNumber, shownValue } from "../src/browser/format.ts";
import type { PlotInput } from "./line_plot.ts";

export interface SeriesSketchProps {
  /** The chart in one sentence; null: what lies over it says that. */
  readonly label: string | null;
  readonly input: PlotInput;
}

interface PartProps {
  readonly frame: Frame;
  readonly input: PlotInput;
}

export function SeriesSketch({ label, input }: SeriesSketchProps) {
  const [low, high] = valueRange(input.metric, input.view, input);
  const frame: Frame = { view: input.view, low, high };
  const said = label === null
    ? { "aria-hidden": "true" } as const
    : { role: "img", "aria-label": label } as const;
  return (
    <div class="sketch" {...said}>
      <Axes frame={frame} input={input} />
      <svg viewBox={`0 0 ${BOX_WIDTH} ${BOX_HEIGHT}`} preserveAspectRatio="none" focusable="false">
        <Lines frame={frame} input={input} />
      </svg>
      <Ends frame={frame} input={input} />
    </div>
  );
}

const percent = (part: number) => `${(part * 100).toFixed(2)}%`;

function Axes({ frame, input: { metric, time } }: PartProps) {
  const low = shownValue(metric, frame.low), high = shownValue(metric, frame.high);
  const values = valueTicks(low, high);
  const times = timeTicks(frame.view, time);
  return (
    <svg class="sketch-words" focusable="false">
      {values.at.map((value) => {
        const y = percent((high - value) / (high - low));
        return (
          <g key={value}>
            <line class="sketch-grid" x1="0" x2="100%" y1={y} y2={y} />
            <text class="sketch-value" x="-5" y={y} dy="0.33em">
              {formatNumber(value, tickDigits(values.step))}
            </text>
          </g>
        );
      })}
      {times.at.map((atMs) => (
        <text
          key={atMs}
          class="sketch-time"
          x={percent(acrossOf(frame, atMs))}
          y="100%"
          dy="1.5em"
        >
          {timeLabel(atMs / 1000, times.step / 1000, time)}
        </text>
      ))}
    </svg>
  );
}

function Lines({ frame, input: { view, ghost, looks, emphasis, stale } }: PartProps) {
  const bands = bandsOf(view, emphasis);
  const classOf = (name: string, region: string) =>
    `sketch-${name} ${looks.get(region)?.className ?? ""}${fadedIf(emphasis, region)}`;
  return (
    <>
      {view.regions.filter(({ region }) => bands.includes(region) && !isFaded(emphasis, region))
        .map((column) => (
          <path
            key={`band ${column.region}`}
            class={classOf(emphasis === null ? "band" : "band sketch-chosen", column.region)}
            d={bandPath(frame, column)}
          />
        ))}
      {ghost.map(({ region, mean }) => (
        <path
          key={`ghost ${region}`}
          class={classOf("ghost", region)}
          d={linePath(frame, mean)}
        />
      ))}
      {view.regions.map(({ region, mean }) => (
        <path
          key={`line ${region}`}
          class={classOf("line", region)}
          stroke-dasharray={looks.get(region)?.dash.join(" ") || undefined}
          d={linePath(frame, mean)}
        />
      ))}
      {stale.filter(({ region }) => !isFaded(emphasis, region)).map(({ region, slot }) => {
        const mean = view.regions.find((each) => each.region === region)?.mean ?? [];
        const tail = tailPath(frame, mean, slot);
        return (
          <g key={`old ${region}`}>
            <path class="sketch-edge" d={tail} />
            <path class="sketch-old" d={tail} />
          </g>
        );
      })}
    </>
  );
}

/** A dot at what is newest; a ring and the age at what is old; points that no line goes through. */
function Ends({ frame, input: { view, looks, emphasis, stale } }: PartProps) {
  const seen = view.regions.filter(({ region }) => !isFaded(emphasis, region));
  const old = oldEnds(frame, stale.filter(({ region }) => !isFaded(emphasis, region)));
  const isOld = (region: string) => stale.some((each) => each.region === region);
  const dot = (region: string, slot: number, value: number, radius: number) => {
    const place = placeOf(frame, slot, value);
    return place !== null && (
      <circle
        key={`${slot} ${radius} ${region}`}
        class={`sketch-dot ${looks.get(region)?.className ?? ""}`}
        cx={percent(place.across)}
        cy={percent(place.down)}
        r={radius}
      />
    );
  };
  return (
    <svg class="sketch-words" focusable="false">
      {seen.map(({ region, mean }) =>
        lonePoints(mean).map((slot) => dot(region, slot, mean[slot] ?? 0, 2.5))
      )}
      {seen.map(({ region, mean }) => {
        const last = isOld(region) ? null : lastValue(mean);
        return last !== null && dot(region, last.index, last.value, 3.5);
      })}
      {old.map(({ region, across, down, age, ageDown, isAfter }) => (
        <g key={region}>
          <circle class="sketch-ring" cx={percent(across)} cy={percent(down)} r="3.5" />
          <text
            class="sketch-age"
            x={percent(across)}
            y={percent(ageDown)}
            dx={isAfter ? 8 : -8}
            dy="0.35em"
            text-anchor={isAfter ? "start" : "end"}
          >
            {age}
          </text>
        </g>
      ))}
      {lateSigns(frame, emphasis).map(({ across, text }) => (
        <text
          key={`late ${across}`}
          class="sketch-late"
          x={percent(across)}
          y="100%"
          dx="-4"
          dy="-2"
        >
          {text}
        </text>
      ))}
    </svg>
  );
}

function isFaded(emphasis: string | null, region: string): boolean {
  return emphasis !== null && emphasis !== region;
}

function fadedIf(emphasis: string | null, region: string): string {
  return isFaded(emphasis, region) ? " sketch-faded" : "";
}
