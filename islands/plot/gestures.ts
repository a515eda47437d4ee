/**
 * Pointer, wheel and fingers on a chart, as what is meant by them: pointing moves the crosshair, a
 * drag selects a stretch, a double click and two fingers zoom. The wheel zooms with Ctrl or ⌘ held
 * (as a touchpad's pinch says it) or once the chart has the focus; else it scrolls the page.
 */
import type { TimeWindow } from "../../src/browser/ranges.ts";
import type { ChartHands } from "./chart_hands.ts";
import { Fingers, type PointerHands, watchPointers, wheelFactor } from "./fingers.ts";

const BRUSH_PX_MIN = 4;
const WIDER = 2;

/** @param msAt the moment at a place on the screen, within what is shown */
export function watchChart(
  element: HTMLElement,
  hands: ChartHands,
  msAt: (clientX: number) => number,
): () => void {
  return watchPointers(element, new Gesture(element, hands, msAt));
}

class Gesture implements PointerHands {
  readonly #element: HTMLElement;
  readonly #hands: ChartHands;
  readonly #msAt: (clientX: number) => number;
  readonly #fingers: Fingers;
  #fromX = 0;
  #fromMs = 0;
  #pinched = false;

  constructor(element: HTMLElement, hands: ChartHands, msAt: (clientX: number) => number) {
    this.#element = element;
    this.#hands = hands;
    this.#msAt = msAt;
    this.#fingers = new Fingers(element);
  }

  down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#fingers.down(event);
    if (this.#fingers.count > 1) {
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
    const isDown = this.#fingers.isDown(event);
    const pinch = this.#fingers.move(event);
    if (isDown && this.#pinched) {
      if (pinch !== null) this.#hands.zoom(pinch.factor, this.#msAt(pinch.aroundX));
      return;
    }
    crosshairMs.value = this.#msAt(event.clientX);
    if (isDown && this.#isDrag(event)) brush.value = this.#stretch(event);
  }

  up(event: PointerEvent): void {
    if (!this.#fingers.up(event) || this.#pinched) return;
    const { crosshairMs, brush } = this.#hands.link;
    const isDrag = brush.peek() !== null && this.#isDrag(event);
    brush.value = null;
    if (isDrag) this.#hands.select(this.#stretch(event));
    else crosshairMs.value = this.#msAt(event.clientX);
  }

  cancel(event: PointerEvent): void {
    if (this.#fingers.up(event)) this.#hands.link.brush.value = null;
  }

  /** A finger that was lifted leaves the crosshair where it tapped. */
  leave(event: PointerEvent): void {
    if (event.pointerType === "mouse" && !this.#fingers.isDown(event)) {
      this.#hands.link.crosshairMs.value = null;
    }
  }

  double(event: MouseEvent): void {
    this.#hands.zoom(WIDER, this.#msAt(event.clientX));
  }

  wheel(event: WheelEvent): void {
    const isMeant = event.ctrlKey || event.metaKey || document.activeElement === this.#element;
    if (!isMeant || event.deltaY === 0) return;
    event.preventDefault();
    this.#hands.zoom(wheelFactor(event), this.#msAt(event.clientX));
  }

  #isDrag(event: PointerEvent): boolean {
    return Math.abs(event.clientX - this.#fromX) >= BRUSH_PX_MIN;
  }

  #stretch(event: PointerEvent): TimeWindow {
    const atMs = this.#msAt(event.clientX);
    return { fromMs: Math.min(atMs, this.#fromMs), toMs: Math.max(atMs, this.#fromMs) };
  }
}
