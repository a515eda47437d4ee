/**
 * Pointer, wheel and pinch on the strip, as what is meant by them: a drag scrubs, a drag with Shift
 * or on the stretch's start selects, the wheel and two fingers zoom.
 */
import type { TimeWindow } from "../../src/browser/ranges.ts";
import { msAt, xOf } from "../../src/browser/timeline_window.ts";
import { Fingers, type PointerHands, watchPointers, wheelFactor } from "../plot/fingers.ts";

export interface StripHands {
  window(): TimeWindow;
  shown(): TimeWindow;
  seek(atMs: number): void;
  /** A stretch being selected; null: given up. */
  brush(stretch: TimeWindow | null): void;
  /** `isMovement`: one of many that follow one another, which are one step together. */
  select(stretch: TimeWindow, isMovement?: boolean): void;
  zoom(factor: number, aroundMs: number): void;
  shift(byMs: number): void;
}

const EDGE_PX = 7;
const MOVED_PX_MIN = 4;

export function watchStrip(element: HTMLElement, hands: StripHands): () => void {
  return watchPointers(element, new Gesture(element, hands));
}

class Gesture implements PointerHands {
  readonly #element: HTMLElement;
  readonly #hands: StripHands;
  readonly #fingers: Fingers;
  /** A finger's `press` goes somewhere once it moves or is lifted: a second one may make it a pinch. */
  #kind: "press" | "scrub" | "brush" | "pinch" | null = null;
  #fromX = 0;
  #fixedMs = 0;

  constructor(element: HTMLElement, hands: StripHands) {
    this.#element = element;
    this.#hands = hands;
    this.#fingers = new Fingers(element);
  }

  down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#fingers.down(event);
    if (this.#fingers.count > 1) {
      this.#hands.brush(null);
      this.#kind = "pinch";
      return;
    }
    const { clientX, shiftKey, pointerType } = event;
    this.#fromX = clientX;
    if (shiftKey || this.#isOnEdge(clientX)) {
      this.#kind = "brush";
      this.#fixedMs = shiftKey ? this.#ms(clientX) : this.#hands.shown().toMs;
    } else if (pointerType === "touch") {
      this.#kind = "press";
    } else {
      this.#kind = "scrub";
      this.#hands.seek(this.#ms(clientX));
    }
  }

  move(event: PointerEvent): void {
    if (!this.#fingers.isDown(event)) return;
    const pinch = this.#fingers.move(event);
    const { clientX } = event;
    if (this.#kind === "pinch" && pinch !== null) {
      this.#hands.zoom(pinch.factor, this.#ms(pinch.aroundX));
    }
    if (this.#kind === "press" && this.#isMoved(clientX)) this.#kind = "scrub";
    if (this.#kind === "scrub") this.#hands.seek(this.#ms(clientX));
    if (this.#kind === "brush") this.#hands.brush(this.#stretch(clientX));
  }

  up(event: PointerEvent): void {
    if (!this.#fingers.up(event)) return;
    const { clientX } = event;
    if (this.#kind === "press") this.#hands.seek(this.#ms(clientX));
    if (this.#kind === "brush") {
      this.#hands.brush(null);
      if (this.#isMoved(clientX)) this.#hands.select(this.#stretch(clientX));
    }
    this.#rest();
  }

  cancel(event: PointerEvent): void {
    this.#fingers.up(event);
    this.#hands.brush(null);
    this.#rest();
  }

  wheel(event: WheelEvent): void {
    event.preventDefault();
    const { fromMs, toMs } = this.#hands.window();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.#hands.shift(event.deltaX / this.#element.clientWidth * (toMs - fromMs));
    } else {
      this.#hands.zoom(wheelFactor(event), this.#ms(event.clientX));
    }
  }

  #rest(): void {
    if (this.#fingers.count === 0) this.#kind = null;
  }

  /** On the start of what the page's charts show, which can be drawn out. */
  #isOnEdge(clientX: number): boolean {
    const { fromMs, toMs } = this.#hands.shown();
    const x = clientX - this.#left();
    const edgeX = this.#xOf(fromMs);
    return Math.abs(x - edgeX) <= EDGE_PX && this.#xOf(toMs) - edgeX > 2 * EDGE_PX;
  }

  #isMoved(clientX: number): boolean {
    return Math.abs(clientX - this.#fromX) >= MOVED_PX_MIN;
  }

  #stretch(clientX: number): TimeWindow {
    const atMs = this.#ms(clientX);
    return { fromMs: Math.min(atMs, this.#fixedMs), toMs: Math.max(atMs, this.#fixedMs) };
  }

  #left(): number {
    return this.#element.getBoundingClientRect().left;
  }

  #ms(clientX: number): number {
    return msAt(clientX - this.#left(), this.#hands.window(), this.#element.clientWidth);
  }

  #xOf(atMs: number): number {
    return xOf(atMs, this.#hands.window(), this.#element.clientWidth);
  }
}
