/** What charts by region ask for: the names of regions, and the stretch at the cursor. */
import { type ReadonlySignal, useComputed } from "@preact/signals";
import type { BoardModel } from "../../src/browser/board_model.ts";
import { chartRegions } from "../../src/browser/chart_columns.ts";
import type { ChartsWish } from "../../src/browser/charts_api.ts";

/** As a text, so that it changes only when they do. */
export function useRegionNames(model: BoardModel): ReadonlySignal<string> {
  return useComputed(() => {
    const names = model.board.value.regions.map((each) => each.region);
    return JSON.stringify(chartRegions(names, model.chosen.value.region));
  });
}

/** @param atMs Where the cursor is; null: live */
export function wishAt(
  model: BoardModel,
  names: ReadonlySignal<string>,
  atMs: number | null,
): ChartsWish {
  return {
    names: JSON.parse(names.peek()) as string[],
    range: model.range.peek(),
    toMs: atMs ?? model.nowMs.peek(),
    isLive: atMs === null,
    ghost: model.chosen.peek().ghost,
    nowMs: model.serverNowMs.peek(),
  };
}
