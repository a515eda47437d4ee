/**
 * Pointer, wheel and fingers on a chart, as what is meant by them: pointing moves the crosshair, a
 * drag selects a stretch, a double click and two fingers zoom. The wheel zooms with Ctrl or ⌘ held
 * (as a touchpad's pinch says it) or once the chart has the focus; else it scrolls the page.
 */
import type { TimeWindow } from "../../src/browser/ranges.ts";
import type { ChartHands } from "./chart_hands.ts";

const BRUSH_PX_MIN = 4;
const WHEEL_ZOOM = 0.0015;
const WIDER = 2;

/** @param msAt the moment at a place on the screen, within what is shown */
export function watchChart(
  element: HTMLElement,
  hands: ChartHands,
  msAt: (clientX: number) => number,
): () => void {
  const gesture = new Gesture(element, hands, msAt);
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
  on("pointerleave", (event) => gesture.leave(event));
  on("dblclick", (event) => hands.zoom(WIDER, msAt(event.clientX)));
  on("wheel", (event) => gesture.wheel(event), false);
  return () => stop.abort();
}

class Gesture {
  readonly #element: HTMLElement;
  readonly #hands: ChartHands;
  readonly #msAt: (clientX: number) => number;
  /** Where each finger is, in the window's pixels. */
  readonly #pointers = new Map<number, number>();
  #fromX = 0;
  #fromMs = 0;
  #pinched = false;

  constructor(element: HTMLElement, hands: ChartHands, msAt: (clientX: number) => number) {
    this.#element = element;
    this.#hands = hands;
    this.#msAt = msAt;
  }

  down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#element.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, event.clientX);
    if (this.#pointers.size > 1) {
      this.#pinched = true;
      this.#hands.link.brush.value = null;
      return;
    }
    this.#pinched = false;
    this.#fromX = event.clientX;
    this.#fromMs = this.#msAt(event.clientX);
  }

  move(event: PointerEvent): void {
    const { crosshairMs, brush } = this.#hands.link;
    const before = this.#pointers.get(event.pointerId);
    if (before !== undefined && this.#pinched) this.#pinch(event, before);
    if (before !== undefined) this.#pointers.set(event.pointerId, event.clientX);
    if (this.#pinched && before !== undefined) return;
    crosshairMs.value = this.#msAt(event.clientX);
    if (before !== undefined && this.#isDrag(event)) brush.value = this.#stretch(event);
  }

  up(event: PointerEvent): void {
    if (!this.#pointers.delete(event.pointerId)) return;
    if (this.#pinched) return;
    const { crosshairMs, brush } = this.#hands.link;
    const isDrag = brush.peek() !== null && this.#isDrag(event);
    brush.value = null;
    if (isDrag) this.#hands.select(this.#stretch(event));
    else crosshairMs.value = this.#msAt(event.clientX);
  }

  cancel(event: PointerEvent): void {
    if (this.#pointers.delete(event.pointerId)) this.#hands.link.brush.value = null;
  }

  /** A finger that was lifted leaves the crosshair where it tapped. */
  leave(event: PointerEvent): void {
    if (event.pointerType === "mouse" && !this.#pointers.has(event.pointerId)) {
      this.#hands.link.crosshairMs.value = null;
    }
  }

  wheel(event: WheelEvent): void {
    const isMeant = event.ctrlKey || event.metaKey || document.activeElement === this.#element;
    if (!isMeant || event.deltaY === 0) return;
    event.preventDefault();
    this.#hands.zoom(Math.exp(event.deltaY * WHEEL_ZOOM), this.#msAt(event.clientX));
  }

  /** The distance between two fingers is the zoom, their middle what stays. */
  #pinch(event: PointerEvent, before: number): void {
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other === undefined) return;
    const far = Math.max(8, Math.abs(event.clientX - other));
    const factor = Math.max(8, Math.abs(before - other)) / far;
    this.#hands.zoom(factor, this.#msAt((event.clientX + other) / 2));
  }

  #isDrag(event: PointerEvent): boolean {
    return Math.abs(event.clientX - this.#fromX) >= BRUSH_PX_MIN;
  }

  #stretch(event: PointerEvent): TimeWindow {
    const atMs = this.#msAt(event.clientX);
    return { fromMs: Math.min(atMs, this.#fromMs), toMs: Math.max(atMs, this.#fromMs) };
  }
}
