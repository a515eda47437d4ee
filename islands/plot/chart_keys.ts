/** A chart's keys. What is taken here reaches nobody else; what means nothing here goes on. */
import type { CursorStep } from "../../src/browser/chart_cursor.ts";
import type { ChartHands } from "./chart_hands.ts";

const STEPS: Readonly<Record<string, CursorStep>> = {
  ArrowLeft: "back",
  ArrowRight: "forth",
  PageUp: "pageBack",
  PageDown: "pageForth",
  Home: "first",
  End: "last",
};

export interface KeyTarget {
  readonly hands: ChartHands;
  /** Where a step takes the crosshair, from where it stands. */
  stepped(atMs: number | null, step: CursorStep): number | null;
  /** The crosshair has moved there: say what stands there. */
  moved(atMs: number): void;
  /** Enter where nothing is selected; without it, Enter goes on. */
  entered?(atMs: number): void;
}

export function onChartKey(event: KeyboardEvent, target: KeyTarget): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (!take(event, target)) return;
  event.preventDefault();
  event.stopPropagation();
}

function take(event: KeyboardEvent, target: KeyTarget): boolean {
  const { hands } = target;
  const { crosshairMs, brush } = hands.link;
  const step = STEPS[event.key];
  if (step !== undefined) {
    move(target, step, event.shiftKey);
    return true;
  }
  const { fromMs, toMs } = hands.window();
  const aroundMs = crosshairMs.peek() ?? (fromMs + toMs) / 2;
  switch (event.key) {
    case "+":
    case "=":
      hands.zoom(0.5, aroundMs);
      return true;
    case "-":
      hands.zoom(2, aroundMs);
      return true;
    case "Enter":
      return enter(target);
    case "Escape":
      if (crosshairMs.peek() === null && brush.peek() === null) return false;
      if (brush.peek() === null) crosshairMs.value = null;
      brush.value = null;
      return true;
    default:
      return false;
  }
}

function enter({ hands, entered }: KeyTarget): boolean {
  const stretch = hands.link.brush.peek(), atMs = hands.link.crosshairMs.peek();
  if (stretch !== null) {
    hands.select(stretch);
    return true;
  }
  if (atMs === null || entered === undefined) return false;
  entered(atMs);
  return true;
}

function move({ hands, stepped, moved }: KeyTarget, step: CursorStep, selects: boolean): void {
  const { crosshairMs, brush } = hands.link;
  const before = crosshairMs.peek();
  const next = stepped(before, step);
  if (next === null) return;
  const stretch = brush.peek();
  if (!selects) brush.value = null;
  else if (before !== null) {
    // The end that the crosshair was at moves, the other one stays.
    const fixed = stretch === null
      ? before
      : stretch.fromMs === before
      ? stretch.toMs
      : stretch.fromMs;
    brush.value = { fromMs: Math.min(fixed, next), toMs: Math.max(fixed, next) };
  }
  crosshairMs.value = next;
  moved(next);
}
