/** What charts say of their window, in words. Pure. */
import type { Metric } from "../model/reading.ts";
import type { GhostName } from "./address.ts";
import type { RegionValue } from "./chart_cursor.ts";
import { formatMetric, formatShort, formatSpan } from "./format.ts";
import type { Range } from "./ranges.ts";
import type { TimeFormat } from "./times.ts";

/** `last 5 min`; where the cursor is not live, up to when: `5 min to 14:03:22`. */
export function windowText(
  range: Range,
  isLive: boolean,
  atMs: number,
  nowMs: number,
  time: TimeFormat,
): string {
  const span = rangeText(range);
  return isLive ? `last ${span}` : `${span} to ${time.near(atMs, nowMs)}`;
}

/** `2.5 h`, in the viewer's figures: who makes a range knows nothing of the viewer. */
export function rangeText({ label }: Range): string {
  return label.replace(/\d+(\.\d+)?/, (figures) => formatShort(Number(figures)));
}

export const GHOST_LABELS: Readonly<Record<GhostName, string>> = {
  "1h": "1 h earlier",
  "1d": "1 day earlier",
  "1w": "1 week earlier",
  now: "Now",
};

/** Earlier stretches that can be chosen, by name: live is now already. */
export function ghostChoices(
  isLive: boolean,
): readonly { readonly name: GhostName; readonly label: string }[] {
  return (Object.keys(GHOST_LABELS) as GhostName[]).filter((name) => name !== "now" || !isLive)
    .map((name) => ({ name, label: GHOST_LABELS[name] }));
}

/** A bucket's width: `2 s`, `10 s`, `5 min`. */
export function stepText(stepMs: number): string {
  return stepMs < 10_000 ? `${formatShort(stepMs / 1000)}\u202fs` : formatSpan(stepMs);
}

/** One moment of a chart for a screen reader. @param late see `lateText` */
export function spokenValues(
  metric: Metric,
  values: readonly RegionValue[],
  when: string,
  late = "",
): string {
  const said = values.map(({ region, cell }) =>
    cell === null ? `${region} no value` : `${region} ${formatMetric(metric, cell.mean)}`
  );
  const came = late === "" ? "" : `; came late: ${late}`;
  return `${when}: ${said.join(", ") || "nothing yet"}${came}`;
}

/** Which keys a chart knows, for a screen reader. */
export const CHART_KEYS_TEXT =
  "Arrow keys, Home and End move along the time, with Shift they select; Enter zooms to what is " +
  "selected, plus and minus zoom in and out, Escape lets go.";
