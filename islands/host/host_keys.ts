/** A host's charts by the keyboard: one crosshair for all, from slot to slot. */
import type { Signal } from "@preact/signals";
import type { ChartView } from "../../src/browser/chart_columns.ts";
import { momentOf, slotAt } from "../../src/browser/chart_cursor.ts";
import { METRIC_VIEWS } from "../../src/browser/format.ts";
import type { Metric } from "../../src/model/reading.ts";
import type { IslandProps } from "../island.ts";
import type { ChartHands } from "../plot/chart_hands.ts";
import { columnOf, valueWords } from "./host_columns.ts";

export interface HostKeys extends IslandProps {
  readonly view: ChartView;
  readonly measured: readonly Metric[];
  readonly hands: ChartHands;
  /** What a screen reader is told of the crosshair's place. */
  readonly said: Signal<string>;
}

const STEPS: Readonly<Record<string, (slots: number) => number>> = {
  ArrowLeft: () => -1,
  ArrowRight: () => 1,
  PageUp: () => -10,
  PageDown: () => 10,
  Home: (slots) => -slots,
  End: (slots) => slots,
};

/** These keys move the crosshair here, and not the page's place in time. */
export function onHostKey(event: KeyboardEvent, keys: HostKeys): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = STEPS[event.key];
  if (step !== undefined) move(step(keys.view.x.length), event.shiftKey, keys);
  else if (event.key === "Enter") enter(keys);
  else if (event.key === "Escape") leave(keys);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function move(by: number, marks: boolean, { view, hands, measured, model, said }: HostKeys): void {
  const { crosshairMs, brush } = hands.link;
  const atMs = crosshairMs.peek();
  const from = (atMs === null ? null : slotAt(view, atMs)) ?? view.x.length - 1;
  const to = Math.max(0, Math.min(view.x.length - 1, from + by));
  brush.value = marks ? stretched(view, brush.peek(), from, to) : null;
  crosshairMs.value = Math.min(view.toMs, Math.max(view.fromMs, momentOf(view, to)));
  const values = measured.map((metric) => {
    const column = columnOf(view, metric);
    const words = column === undefined ? "" : valueWords(metric, column, to);
    return `${METRIC_VIEWS[metric].label} ${words}`;
  });
  said.value = `${model.time.peek().near(startMs(view, to), view.toMs)}: ${values.join(", ")}`;
}

/** The end of the stretch that the crosshair was at moves, the other one stays. */
function stretched(
  view: ChartView,
  before: { readonly fromMs: number; readonly toMs: number } | null,
  from: number,
  to: number,
) {
  const fromMs = startMs(view, from), toMs = fromMs + view.stepMs;
  const isAtStart = before !== null && before.fromMs === fromMs && before.toMs !== toMs;
  const fixed = before === null
    ? from
    : slotNear(view, isAtStart ? before.toMs : before.fromMs, isAtStart);
  return {
    fromMs: startMs(view, Math.min(fixed, to)),
    toMs: startMs(view, Math.max(fixed, to)) + view.stepMs,
  };
}

/** The slot that begins at a moment, or, of an end, the one that ends there. */
function slotNear(view: ChartView, atMs: number, isEnd: boolean): number {
  return Math.round((atMs - startMs(view, 0)) / view.stepMs) - (isEnd ? 1 : 0);
}

function enter({ view, hands, actions }: HostKeys): void {
  const atMs = hands.link.crosshairMs.peek(), stretch = hands.link.brush.peek();
  if (stretch !== null) return hands.select(stretch);
  if (atMs === null) return;
  const slot = slotAt(view, atMs) ?? view.x.length - 1;
  const endMs = Math.round(startMs(view, slot) + view.stepMs);
  actions.go({ cursor: { kind: "paused", atMs: endMs } });
}

function leave({ hands: { link } }: HostKeys): void {
  link.brush.value = link.crosshairMs.value = null;
}

function startMs(view: ChartView, slot: number): number {
  return (view.x[slot] ?? 0) * 1000 - view.stepMs / 2;
}
