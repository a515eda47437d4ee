/**
 * The browser's address and history follow the page's state, and the other way round. `go` is a step
 * that "back" undoes; `slide` moves many times a second, is one step as a whole, and the address
 * follows once it rests: a browser refuses an address that changes too often.
 */
import { searchOf, viewOf, type ViewState } from "./address.ts";
import type { BoardModel } from "./board_model.ts";

const REST_MS = 300;
/** What follows the last move within this time is the same movement. */
const MOVEMENT_MS = 800;

export class AddressBar {
  readonly #model: BoardModel;
  readonly #nowMs: () => number;
  #resting: ReturnType<typeof setTimeout> | undefined;
  #slidMs = -Infinity;

  /** `nowMs`: the server's clock. */
  constructor(model: BoardModel, nowMs: () => number) {
    this.#model = model;
    this.#nowMs = nowMs;
  }

  start(): void {
    addEventListener("popstate", () => {
      clearTimeout(this.#resting);
      this.#model.change(viewOf(location.search, this.#nowMs()));
    });
  }

  go(part: Partial<ViewState>): void {
    // Where one came from is written down as it was left, a replay where it stood.
    this.#write("replaceState");
    this.#model.change(part);
    this.#write("pushState");
  }

  slide(part: Partial<ViewState>): void {
    const isNew = performance.now() - this.#slidMs > MOVEMENT_MS;
    this.#slidMs = performance.now();
    if (isNew) return this.go(part);
    this.#model.change(part);
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.#write("replaceState"), REST_MS);
  }

  /** The address says how the page is, where that changed by itself. */
  follow(): void {
    this.#write("replaceState");
  }

  /** False where there is no step of this page to undo: "back" would leave it. */
  back(): boolean {
    if (depth() === 0) return false;
    history.back();
    return true;
  }

  #write(how: "pushState" | "replaceState"): void {
    clearTimeout(this.#resting);
    const address = location.pathname + searchOf(this.#model.chosen.peek(), this.#nowMs());
    if (how === "pushState" && address === location.pathname + location.search) return;
    history[how]({ depth: depth() + (how === "pushState" ? 1 : 0) }, "", address);
  }
}

/** Steps taken on this page so far that "back" undoes; each entry of the history knows its own. */
function depth(): number {
  const state = history.state as { readonly depth?: number } | null;
  return state?.depth ?? 0;
}
