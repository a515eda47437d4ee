/** @jsxImportSource preact */
/** The whole recorded span as a strip: look where something was, and go there. */
import { effect, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { pageAsk } from "../../src/browser/ask.ts";
import type { BoardModel } from "../../src/browser/board_model.ts";
import type { Cursor } from "../../src/browser/cursor.ts";
import { formatNumber, formatSpan } from "../../src/browser/format.ts";
import {
  createRecordedApi,
  type Timeline as TimelineData,
} from "../../src/browser/recorded_api.ts";
import type { TimeWindow } from "../../src/browser/ranges.ts";
import { shifted, showing, wholeWindow, zoomedAround } from "../../src/browser/timeline_window.ts";
import { onThemeChange } from "../../src/browser/theme.ts";
import type { IslandProps } from "../island.ts";
import { useAnswer } from "../use_answer.ts";
import { drawStrip, readStripColours } from "./draw.ts";
import { type StripHands, watchStrip } from "./gestures.ts";

const api = createRecordedApi(pageAsk);
const POINTS = 400;
const EVERY_MS = 10_000;

export function Timeline({ model, actions }: IslandProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  /** Null: all that is recorded, growing with the head. */
  const zoomed = useSignal<TimeWindow | null>(null);
  const brush = useSignal<TimeWindow | null>(null);
  /** Of before each of the last two presses: a double click goes nowhere. */
  const before = useRef<readonly Cursor[]>([]);
  const answer = useAnswer(
    model,
    () => JSON.stringify(zoomed.value),
    () => api.timeline(zoomed.peek(), POINTS),
    { liveEveryMs: EVERY_MS, replayEveryMs: EVERY_MS, followsCursor: false },
  );
  const whole = () => wholeWindow(answer.peek().value?.firstMs ?? null, model.serverNowMs.peek());
  const strip = () => zoomed.peek() ?? whole();
  const hands: StripHands = {
    window: strip,
    shown: () => shownOf(model),
    seek: actions.seek,
    brush: (stretch) => brush.value = stretch,
    select: ({ fromMs, toMs }, isMovement) => actions.zoom(fromMs, toMs, isMovement),
    zoom: (factor, aroundMs) => {
      const next = zoomedAround(strip(), factor, aroundMs, whole());
      const all = whole();
      zoomed.value = next.toMs - next.fromMs >= all.toMs - all.fromMs ? null : next;
    },
    shift: (byMs) => zoomed.value = zoomed.peek() && shifted(strip(), byMs, whole()),
  };

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    let colours = readStripColours(element);
    let asked = 0;
    const draw = () => {
      asked = 0;
      drawStrip(element, {
        window: strip(),
        timeline: answer.peek().value,
        shown: shownOf(model),
        brush: brush.peek(),
        time: model.time.peek(),
      }, colours);
    };
    const want = () => asked = asked === 0 ? requestAnimationFrame(draw) : asked;
    const stop = effect(() => {
      void [answer.value, zoomed.value, brush.value, model.nowMs.value, model.range.value];
      void model.time.value;
      want();
    });
    // A cursor that leaves a zoomed strip takes it along.
    const follow = effect(() => {
      const atMs = model.nowMs.value;
      const window = zoomed.peek();
      if (window !== null && !model.isLive.peek()) zoomed.value = showing(window, atMs, whole());
    });
    const restyle = () => {
      colours = readStripColours(element);
      want();
    };
    const stopRestyling = onThemeChange(restyle);
    const observer = new ResizeObserver(want);
    observer.observe(element);
    const unwatch = watchStrip(element, hands);
    return () => {
      stop();
      follow();
      unwatch();
      observer.disconnect();
      stopRestyling();
      cancelAnimationFrame(asked);
    };
  }, []);

  const nowMs = model.nowMs.value, serverNowMs = model.serverNowMs.value;
  const { fromMs, toMs } = zoomed.value ??
    wholeWindow(answer.value.value?.firstMs ?? null, serverNowMs);
  return (
    <div class="timeline">
      <canvas
        ref={canvas}
        class="timeline-strip"
        tabIndex={0}
        role="slider"
        aria-label="Timeline: the moment that the page shows"
        aria-valuemin={Math.round(fromMs / 1000)}
        aria-valuemax={Math.round(toMs / 1000)}
        aria-valuenow={Math.round(Math.min(toMs, Math.max(fromMs, nowMs)) / 1000)}
        aria-valuetext={spoken(model, answer.value.value)}
        title="Drag to scrub; drag with Shift to select a stretch; wheel to zoom; double click for all"
        onPointerDown={() =>
          before.current = [...before.current, model.chosen.peek().cursor].slice(-2)}
        onDblClick={() => {
          const [cursor] = before.current;
          if (cursor !== undefined) actions.slide({ cursor });
          zoomed.value = null;
        }}
        onKeyDown={(event) => onKey(event, model, hands, () => zoomed.value = null)}
      />
      {answer.value.state === "failed" && (
        <p class="timeline-note" role="status">The timeline is missing: {answer.value.message}</p>
      )}
    </div>
  );
}

/** The stretch that the page's charts show. */
function shownOf(model: BoardModel): TimeWindow {
  const toMs = model.nowMs.peek();
  return { fromMs: toMs - model.range.peek().ms, toMs };
}

/** A slider's keys, those of the stretch and of the zoom. What is taken here reaches nobody else. */
function onKey(event: KeyboardEvent, model: BoardModel, hands: StripHands, all: () => void): void {
  const { fromMs, toMs } = hands.window();
  const step = (toMs - fromMs) / 100;
  const atMs = model.nowMs.peek();
  const shown = hands.shown();
  /** The stretch's end stays. */
  const stretch = (byMs: number) =>
    hands.select({ fromMs: Math.min(shown.fromMs + byMs, shown.toMs), toMs: shown.toMs }, true);
  const keys: Record<string, () => void> = {
    "Shift+ArrowLeft": () => stretch(-step),
    "Shift+ArrowRight": () => stretch(step),
    ArrowLeft: () => hands.seek(atMs - step),
    ArrowRight: () => hands.seek(atMs + step),
    PageDown: () => hands.seek(atMs - 10 * step),
    PageUp: () => hands.seek(atMs + 10 * step),
    Home: () => hands.seek(fromMs),
    End: () => hands.seek(model.serverNowMs.peek()),
    "+": () => hands.zoom(0.5, atMs),
    // The same key without Shift.
    "=": () => hands.zoom(0.5, atMs),
    "-": () => hands.zoom(2, atMs),
    "0": all,
  };
  const name = event.shiftKey && event.key.startsWith("Arrow") ? `Shift+${event.key}` : event.key;
  const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[name];
  if (act === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

function spoken(model: BoardModel, timeline: TimelineData | null): string {
  // A clock would be read out every second.
  if (model.isLive.value) return "live";
  const at = model.time.value.near(model.nowMs.value, model.serverNowMs.value);
  const where = `${formatSpan(model.serverNowMs.value - model.nowMs.value)} behind live`;
  if (timeline === null) return `${at}, ${where}`;
  const sum = (list: readonly number[]) => list.reduce((total, each) => total + each, 0);
  const alerts = sum(timeline.warnings) + sum(timeline.criticals);
  return `${at}, ${where}; ${formatNumber(sum(timeline.count))} readings and ` +
    `${formatNumber(alerts)} alerts on the strip`;
}
