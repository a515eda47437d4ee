/** @jsxImportSource preact */
/** Asks for the earlier stretch behind one chart, and says which it is. Lives while one is chosen. */
import { type ReadonlySignal, type Signal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { pageAsk } from "../../src/browser/ask.ts";
import { askGhost, type GhostAnswer } from "../../src/browser/charts_api.ts";
import type { IslandProps } from "../island.ts";
import type { PlotInput } from "../line_plot.ts";
import { useAnswer } from "../use_answer.ts";
import { useRegionNames, wishAt } from "./charts_wish.ts";
import { GhostNote } from "./GhostNote.tsx";

export interface ChartGhostProps extends Pick<IslandProps, "model"> {
  /** The newest answer, null while there is none. */
  readonly ghost: Signal<GhostAnswer | null>;
  readonly input: ReadonlySignal<PlotInput>;
}

const OFTEN = { liveEveryMs: 20_000, replayEveryMs: 1_000 };

export function ChartGhost({ model, ghost, input }: ChartGhostProps) {
  const names = useRegionNames(model);
  const answer = useAnswer(
    model,
    () =>
      JSON.stringify([
        names.value,
        model.range.value.name,
        model.metric.value,
        model.chosen.value.ghost,
      ]),
    (atMs) => askGhost(pageAsk, wishAt(model, names, atMs), model.metric.peek()),
    OFTEN,
  );
  useSignalEffect(() => {
    ghost.value = answer.value.value;
  });
  useEffect(() => () => {
    ghost.value = null;
  }, []);
  const { state, message } = answer.value;
  const drawn = ghost.value;
  const { view, time } = input.value;
  if (state === "failed") {
    return <p class="note" data-state="failed">The earlier stretch is missing: {message}</p>;
  }
  if (drawn === null) return null;
  return (
    <GhostNote
      name={drawn.name}
      columns={input.value.ghost}
      fromMs={view.fromMs - drawn.earlierMs}
      toMs={view.toMs - drawn.earlierMs}
      time={time}
    />
  );
}
