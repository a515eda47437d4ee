/** What the charts view draws: live columns and history of all measures, and a ghost of earlier. */
import { type ReadonlySignal, useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { GhostName } from "../../src/browser/address.ts";
import { pageAsk } from "../../src/browser/ask.ts";
import type { BoardModel } from "../../src/browser/board_model.ts";
import { METRIC_ORDER } from "../../src/browser/chart_axes.ts";
import { ghostColumns, onlyRegion } from "../../src/browser/chart_columns.ts";
import { staleRegions } from "../../src/browser/chart_freshness.ts";
import { askCharts, type ChartsAnswer } from "../../src/browser/charts_api.ts";
import type { Range } from "../../src/browser/ranges.ts";
import type { Metric } from "../../src/model/reading.ts";
import type { PlotInput } from "../line_plot.ts";
import { useRegionNames, wishAt } from "../plot/charts_wish.ts";
import { useKeptView } from "../plot/kept_view.ts";
import { type Answer, useAnswer } from "../use_answer.ts";

export interface Shown {
  readonly range: Range;
  /** Drawn now; the chosen one may still be on its way. */
  readonly ghost: GhostName | null;
  readonly earlierMs: number;
}

export interface ChartsInput {
  readonly answer: ReadonlySignal<Answer<ChartsAnswer>>;
  readonly shown: ReadonlySignal<Shown>;
  /** All that have a column, also while one alone is drawn. */
  readonly regions: ReadonlySignal<readonly string[]>;
  readonly inputs: Readonly<Record<Metric, ReadonlySignal<PlotInput>>>;
  /** With all regions. */
  readonly whole: Readonly<Record<Metric, ReadonlySignal<PlotInput>>>;
}

const LIVE_EVERY_MS = 20_000;
const REPLAY_EVERY_MS = 1_000;

export function useCharts(model: BoardModel): ChartsInput {
  const names = useRegionNames(model);
  const answer = useAnswer(
    model,
    () =>
      JSON.stringify([
        names.value,
        model.range.value.name,
        model.chosen.value.ghost,
        // The first snapshot follows the first paint at once; one more: the stream began anew.
        Math.max(1, model.snapshots.value),
      ]),
    (atMs) => askCharts(pageAsk, wishAt(model, names, atMs)),
    { liveEveryMs: LIVE_EVERY_MS, replayEveryMs: REPLAY_EVERY_MS },
  );
  const shown = useComputed((): Shown => {
    const { value } = answer.value;
    return {
      range: value?.range ?? model.range.value,
      ghost: value?.ghost ?? null,
      earlierMs: value?.earlierMs ?? 0,
    };
  });
  const cpu = useInputs(model, answer, "cpu_load");
  const temperature = useInputs(model, answer, "temp_c");
  const power = useInputs(model, answer, "power_watts");
  const voltage = useInputs(model, answer, "voltage");
  const regions = useComputed(() => cpu.whole.value.view.regions.map((each) => each.region));
  return useMemo(() => {
    const all = { cpu_load: cpu, temp_c: temperature, power_watts: power, voltage };
    const pick = (kind: "whole" | "drawn") =>
      Object.fromEntries(METRIC_ORDER.map((metric) => [metric, all[metric][kind]])) as Record<
        Metric,
        ReadonlySignal<PlotInput>
      >;
    return { answer, shown, regions, inputs: pick("drawn"), whole: pick("whole") };
  }, []);
}

/** Of one measure: with all regions, and as the chosen region lets it be drawn. */
function useInputs(
  model: BoardModel,
  answer: ReadonlySignal<Answer<ChartsAnswer>>,
  metric: Metric,
) {
  const kept = useKeptView();
  const view = useComputed(() => {
    const isLive = model.isLive.value;
    void model.chartVersion.value;
    const { value, state } = answer.value;
    const { cursor } = model.chosen.value;
    const toMs = model.chartToMs.value;
    const isMoving = cursor.kind === "replay";
    // An answer of before the page was held still, or live again, is of another place.
    const isOther = value !== null && value.isLive !== isLive;
    const isAsked = state !== "failed" && !isMoving && (state === "loading" || isOther);
    const range = value?.range ?? model.range.value;
    return kept(
      isAsked,
      isLive,
      () => model.columns.view(range, metric, toMs, value?.series[metric] ?? []),
    );
  });
  const whole = useComputed((): PlotInput => {
    const { value } = answer.value;
    const ghost = value?.ghost ?? null;
    return {
      view: view.value,
      metric,
      looks: model.looks.value,
      emphasis: model.emphasis.value,
      time: model.time.value,
      ghost: ghost === null
        ? []
        : ghostColumns(view.value, value?.ghostSeries?.[metric] ?? [], value?.earlierMs ?? 0),
      stale: staleRegions(view.value),
    };
  });
  const drawn = useComputed((): PlotInput => {
    const input = whole.value;
    const only = onlyRegion(input.view, model.chosen.value.region);
    if (only === input.view) return input;
    const isOnly = ({ region }: { readonly region: string }) => region === only.regions[0]?.region;
    return {
      ...input,
      view: only,
      emphasis: null,
      ghost: input.ghost.filter(isOnly),
      stale: input.stale.filter(isOnly),
    };
  });
  return { whole, drawn };
}
