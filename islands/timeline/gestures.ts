/**
 * Pointer, wheel and pinch on the strip, as what is meant by them: a drag scrubs, a drag with Shift
 * or on the stretch's start selects, the wheel and two fingers zoom.
 */
import type { TimeWindow } from "../../src/browser/ranges.ts";
import { msAt, xOf } from "../../src/browser/timeline_window.ts";

export interface StripHands {
  window(): TimeWindow;
  shown(): TimeWindow;
  seek(atMs: number): void;
  /** A stretch being selected; null: given up. */
  brush(stretch: TimeWindow | null): void;
  select(stretch: TimeWindow): void;
  zoom(factor: number, aroundMs: number): void;
  shift(byMs: number): void;
}

const EDGE_PX = 7;
const MOVED_PX_MIN = 4;
const WHEEL_ZOOM = 0.0015;

export function watchStrip(element: HTMLElement, hands: StripHands): () => void {
  const gesture = new Gesture(element, hands);
  const stop = new AbortController();
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (event: HTMLElementEventMap[K]) => void,
    passive = true,
  ) => element.addEventListener(type, listener, { signal: stop.signal, passive });
  on("pointerdown", (event) => gesture.down(event));
  on("pointermove", (event) => gesture.move(event));
  on("pointerup", (event) => gesture.up(event));
  on("pointercancel", (event) => gesture.cancel(event));
  on("wheel", (event) => gesture.wheel(event), false);
  return () => stop.abort();
}

class Gesture {
  readonly #element: HTMLElement;
  readonly #hands: StripHands;
  readonly #pointers = new Map<number, number>();
  /** A finger's `press` goes somewhere once it moves or is lifted: a second one may make it a pinch. */
  #kind: "press" | "scrub" | "brush" | "pinch" | null = null;
  #fromX = 0;
  #fixedMs = 0;

  constructor(element: HTMLElement, hands: StripHands) {
    this.#element = element;
    this.#hands = hands;
  }

  down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#element.setPointerCapture(event.pointerId);
    const x = this.#x(event);
    this.#pointers.set(event.pointerId, x);
    if (this.#pointers.size > 1) {
      this.#hands.brush(null);
      this.#kind = "pinch";
      return;
    }
    this.#fromX = x;
    const edgeX = this.#xOf(this.#hands.shown().fromMs);
    const endX = this.#xOf(this.#hands.shown().toMs);
    if (!event.shiftKey && Math.abs(x - edgeX) <= EDGE_PX && endX - edgeX > 2 * EDGE_PX) {
      this.#kind = "brush";
      this.#fixedMs = this.#hands.shown().toMs;
    } else if (event.shiftKey) {
      this.#kind = "brush";
      this.#fixedMs = this.#ms(x);
    } else if (event.pointerType === "touch") {
      this.#kind = "press";
    } else {
      this.#kind = "scrub";
      this.#hands.seek(this.#ms(x));
    }
  }

  move(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (before === undefined) return;
    const x = this.#x(event);
    if (this.#kind === "pinch") this.#pinch(event.pointerId, before, x);
    this.#pointers.set(event.pointerId, x);
    if (this.#kind === "press" && this.#isMoved(x)) this.#kind = "scrub";
    if (this.#kind === "scrub") this.#hands.seek(this.#ms(x));
    if (this.#kind === "brush") this.#hands.brush(this.#stretch(x));
  }

  up(event: PointerEvent): void {
    if (!this.#pointers.delete(event.pointerId)) return;
    const x = this.#x(event);
    if (this.#kind === "press") this.#hands.seek(this.#ms(x));
    if (this.#kind === "brush") {
      this.#hands.brush(null);
      if (this.#isMoved(x)) this.#hands.select(this.#stretch(x));
    }
    if (this.#pointers.size === 0) this.#kind = null;
  }

  cancel(event: PointerEvent): void {
    this.#pointers.delete(event.pointerId);
    this.#hands.brush(null);
    if (this.#pointers.size === 0) this.#kind = null;
  }

  wheel(event: WheelEvent): void {
    event.preventDefault();
    const { fromMs, toMs } = this.#hands.window();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.#hands.shift(event.deltaX / this.#element.clientWidth * (toMs - fromMs));
    } else {
      this.#hands.zoom(Math.exp(event.deltaY * WHEEL_ZOOM), this.#ms(this.#x(event)));
    }
  }

  /** The distance between two fingers is the zoom, their middle what stays. */
  #pinch(id: number, before: number, x: number): void {
    const other = [...this.#pointers].find(([each]) => each !== id)?.[1];
    if (other === undefined) return;
    const far = Math.max(8, Math.abs(x - other));
    const factor = Math.max(8, Math.abs(before - other)) / far;
    this.#hands.zoom(factor, this.#ms((x + other) / 2));
  }

  #isMoved(x: number): boolean {
    return Math.abs(x - this.#fromX) >= MOVED_PX_MIN;
  }

  #stretch(x: number): TimeWindow {
    const atMs = this.#ms(x);
    return { fromMs: Math.min(atMs, this.#fixedMs), toMs: Math.max(atMs, this.#fixedMs) };
  }

  #x(event: MouseEvent): number {
    return event.clientX - this.#element.getBoundingClientRect().left;
  }

  #ms(x: number): number {
    return msAt(x, this.#hands.window(), this.#element.clientWidth);
  }

  #xOf(atMs: number): number {
    return xOf(atMs, this.#hands.window(), this.#element.clientWidth);
  }
}
