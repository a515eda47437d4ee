/** @jsxImportSource preact */
/** What the colours and marks mean: the scale with its ends and limits, and each mark's word. */
import type { Limit } from "../../src/browser/alert_rules.ts";
import type { ColourScale } from "../../src/browser/colour_scale.ts";
import { formatMetric, formatNumber, shownValue } from "../../src/browser/format.ts";
import { STATE_WORDS } from "../../src/browser/host_words.ts";
import type { Metric } from "../../src/model/reading.ts";
import type { Paint } from "./use_paint.ts";

export interface ScaleLegendProps {
  readonly metric: Metric;
  readonly scale: ColourScale;
  readonly limits: readonly Limit[];
  readonly paint: Paint;
}

const WIDTH = 280;
const STOPS = 16;

export function ScaleLegend(props: ScaleLegendProps) {
  const { metric, limits } = props;
  return (
    <div class="scale">
      <Bar {...props} />
      <ul class="scale-marks">
        {(["warning", "critical"] as const).map((severity) => {
          const limit = limits.find((each) => each.severity === severity);
          return (
            <li key={severity}>
              <Mark state={severity} {...props} /> {STATE_WORDS[severity]}
              {limit !== undefined && ` over ${formatMetric(metric, limit.above)}`}
            </li>
          );
        })}
        <li>
          <Mark state="stale" {...props} /> Silent for a minute
        </li>
        <li>
          <Mark state="ok" {...props} /> Not measured
        </li>
      </ul>
      <p class="visually-hidden">Marks tell of alerts of any measure.</p>
    </div>
  );
}

function Bar({ metric, scale, limits, paint }: ScaleLegendProps) {
  const { low, high } = scale;
  const place = (value: number) => ((value - low) / (high - low)) * WIDTH;
  const inside = limits.filter(({ above }) => above > low && above < high);
  const middle = (low + high) / 2;
  const id = `scale-${metric}`;
  return (
    <svg
      class="scale-bar"
      viewBox={`0 0 ${WIDTH} 44`}
      role="img"
      aria-label={`Colours from ${formatMetric(metric, low)} to ${formatMetric(metric, high)}`}
    >
      <defs>
        <linearGradient id={id}>
          {Array.from({ length: STOPS + 1 }, (_, stop) => (
            <stop
              key={stop}
              offset={stop / STOPS}
              stop-color={scale.colour(low + (high - low) * stop / STOPS)}
            />
          ))}
        </linearGradient>
      </defs>
      <rect y="14" width={WIDTH} height="13" fill={`url(#${id})`} />
      {inside.map(({ severity, above }) => (
        <g key={severity}>
          <line
            x1={place(above)}
            x2={place(above)}
            y1="11"
            y2="30"
            stroke={paint.text}
            stroke-width="1.5"
          />
          <text x={place(above)} y="9" text-anchor="middle" class="scale-limit">
            {formatNumber(shownValue(metric, above))}
          </text>
        </g>
      ))}
      <text x="0" y="40">{formatMetric(metric, low)}</text>
      <text x={WIDTH / 2} y="40" text-anchor="middle">{formatMetric(metric, middle)}</text>
      <text x={WIDTH} y="40" text-anchor="end">{formatMetric(metric, high)}</text>
    </svg>
  );
}

/** The same shapes as on the canvas, see `drawMark`. */
function Mark({ state, metric, scale, limits, paint }: ScaleLegendProps & {
  readonly state: keyof typeof STATE_WORDS;
}) {
  const limit = limits.find(({ severity }) => severity === state)?.above ?? null;
  const isAlert = state === "warning" || state === "critical";
  const value = limit ?? (metric === "cpu_load" ? 50 : (scale.low + scale.high) / 2);
  const ink = isAlert ? scale.ink(value) : paint.quiet;
  return (
    <svg class="scale-mark" viewBox="0 0 14 14" aria-hidden="true">
      <rect width="14" height="14" fill={isAlert ? scale.colour(value) : paint.sunk} />
      {isAlert && <path d="M7 0h7v7z" fill={ink} />}
      {state === "critical" && (
        <rect x="1" y="1" width="12" height="12" fill="none" stroke={ink} stroke-width="2" />
      )}
      {state === "stale" && <path d="M1 13L13 1" stroke={ink} stroke-width="1.2" />}
      {state === "ok" && (
        <rect x="0.5" y="0.5" width="13" height="13" fill="none" stroke={ink} stroke-width="1" />
      )}
    </svg>
  );
}
