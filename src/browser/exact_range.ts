/** What two fields of a form say of a stretch of time: the stretch, or in words why not. Pure. */
import { formatSpan } from "./format.ts";
import { SPAN_MS_MAX, SPAN_MS_MIN, type TimeWindow } from "./ranges.ts";
import { fieldMs } from "./wall_clock.ts";

export type ExactRange =
  | TimeWindow
  | { readonly field: "from" | "to"; readonly error: string };

export function exactRange(from: string, to: string, zone: string, nowMs: number): ExactRange {
  const fromMs = fieldMs(from, zone), toMs = fieldMs(to, zone);
  if (fromMs === null) return { field: "from", error: "From is no whole date and time." };
  if (toMs === null) return { field: "to", error: "To is no whole date and time." };
  if (fromMs >= nowMs) return { field: "from", error: "From lies in the future." };
  if (toMs <= fromMs) return { field: "to", error: "To has to come after From." };
  const endMs = Math.min(toMs, nowMs);
  if (endMs - fromMs < SPAN_MS_MIN) {
    return { field: "to", error: `At least ${formatSpan(SPAN_MS_MIN)} can be shown.` };
  }
  if (endMs - fromMs > SPAN_MS_MAX) {
    return { field: "from", error: `At most ${formatSpan(SPAN_MS_MAX)} can be shown at once.` };
  }
  return { fromMs, toMs: endMs };
}
