/** A host's charts by the keyboard: one crosshair for all, from slot to slot. */
import type { Signal } from "@preact/signals";
import { type ChartView, slotStartMs } from "../../src/browser/chart_columns.ts";
import { type CursorStep, momentOf, slotAt } from "../../src/browser/chart_cursor.ts";
import { METRIC_VIEWS } from "../../src/browser/format.ts";
import type { Metric } from "../../src/model/reading.ts";
import type { IslandProps } from "../island.ts";
import type { ChartHands } from "../plot/chart_hands.ts";
import { onChartKey } from "../plot/chart_keys.ts";
import { columnOf, valueWords } from "./host_columns.ts";

export interface HostKeys extends IslandProps {
  readonly view: ChartView;
  readonly measured: readonly Metric[];
  readonly hands: ChartHands;
  /** What a screen reader is told of the crosshair's place. */
  readonly said: Signal<string>;
}

/** Those of a chart; and Enter goes to the end of the slot at which the crosshair stands. */
export function onHostKey(event: KeyboardEvent, keys: HostKeys): void {
  const { view, hands, actions } = keys;
  onChartKey(event, {
    hands,
    stepped: (atMs, step) => stepped(view, atMs, step),
    moved: (atMs) => say(keys, slotAt(view, atMs) ?? 0),
    entered: (atMs) => {
      const slot = slotAt(view, atMs) ?? view.x.length - 1;
      const endMs = Math.round(slotStartMs(view, slot) + view.stepMs);
      actions.go({ cursor: { kind: "paused", atMs: endMs } });
    },
  });
}

const PAGE_SLOTS = 10;

/** From the first slot whose middle is shown; to where nothing was measured, too. */
function stepped(view: ChartView, atMs: number | null, step: CursorStep): number | null {
  const first = view.x.findIndex((atS) => atS * 1000 >= view.fromMs);
  const last = view.x.length - 1;
  if (first < 0) return null;
  const now = (atMs === null ? null : slotAt(view, atMs)) ?? last;
  const to = {
    back: now - 1,
    forth: now + 1,
    pageBack: now - PAGE_SLOTS,
    pageForth: now + PAGE_SLOTS,
    first,
    last,
  };
  // The newest slot's middle may be still to come.
  return Math.min(view.toMs, momentOf(view, Math.max(first, Math.min(last, to[step]))));
}

function say({ view, measured, model, said }: HostKeys, slot: number): void {
  const values = measured.map((metric) => {
    const column = columnOf(view, metric);
    const words = column === undefined ? "" : valueWords(metric, column, slot);
    return `${METRIC_VIEWS[metric].label} ${words}`;
  });
  const when = model.time.peek().near(slotStartMs(view, slot), view.toMs);
  said.value = `${when}: ${values.join(", ")}`;
}
