/** Pointers on an element, whatever is meant by them: who listens, where each finger is, what two do. */

export interface PointerHands {
  down(event: PointerEvent): void;
  move(event: PointerEvent): void;
  up(event: PointerEvent): void;
  cancel(event: PointerEvent): void;
  leave?(event: PointerEvent): void;
  double?(event: MouseEvent): void;
  wheel(event: WheelEvent): void;
}

/** @returns ends it */
export function watchPointers(element: HTMLElement, hands: PointerHands): () => void {
  const stop = new AbortController();
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (event: HTMLElementEventMap[K]) => void,
    passive = true,
  ) => element.addEventListener(type, listener, { signal: stop.signal, passive });
  on("pointerdown", (event) => hands.down(event));
  on("pointermove", (event) => hands.move(event));
  on("pointerup", (event) => hands.up(event));
  on("pointercancel", (event) => hands.cancel(event));
  on("pointerleave", (event) => hands.leave?.(event));
  on("dblclick", (event) => hands.double?.(event));
  on("wheel", (event) => hands.wheel(event), false);
  return () => stop.abort();
}

/** How much wider a turn of the wheel is to show; less than 1: narrower. */
export function wheelFactor({ deltaY }: WheelEvent): number {
  return Math.exp(deltaY * 0.0015);
}

export interface Pinch {
  /** How much wider is to be shown; less than 1: narrower. */
  readonly factor: number;
  /** What stays where it is: the fingers' middle, in the window's pixels. */
  readonly aroundX: number;
}

/** Fingers nearer to one another than this are taken for so far apart, in pixels. */
const APART_MIN = 8;

/** Where each finger (or the mouse) is down, in the window's pixels. */
export class Fingers {
  readonly #element: HTMLElement;
  readonly #xs = new Map<number, number>();

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  get count(): number {
    return this.#xs.size;
  }

  isDown({ pointerId }: PointerEvent): boolean {
    return this.#xs.has(pointerId);
  }

  down(event: PointerEvent): void {
    this.#element.setPointerCapture(event.pointerId);
    this.#xs.set(event.pointerId, event.clientX);
  }

  /** The distance between two fingers is the zoom; null while there is but one. */
  move({ pointerId, clientX }: PointerEvent): Pinch | null {
    const before = this.#xs.get(pointerId);
    if (before === undefined) return null;
    this.#xs.set(pointerId, clientX);
    const other = [...this.#xs].find(([id]) => id !== pointerId)?.[1];
    if (other === undefined) return null;
    const apart = (x: number) => Math.max(APART_MIN, Math.abs(x - other));
    return { factor: apart(before) / apart(clientX), aroundX: (clientX + other) / 2 };
  }

  /** False where it was not down here. */
  up({ pointerId }: PointerEvent): boolean {
    return this.#xs.delete(pointerId);
  }
}
