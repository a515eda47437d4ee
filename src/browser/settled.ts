/** When the page knows how its stream stands: what is heavy and not needed for that comes after it. */
import { effect } from "@preact/signals";
import type { BoardModel } from "./board_model.ts";

/** Resolves once the stream is live, lost or asleep; at once where it is. */
export function whenSettled(model: BoardModel): Promise<void> {
  return new Promise((resolve) => {
    let stop: (() => void) | null = null;
    stop = effect(() => {
      const { kind } = model.stream.value;
      if (kind === "static" || kind === "connecting") return;
      // First the page shows it.
      setTimeout(() => {
        stop?.();
        resolve();
      });
    });
  });
}
