/** @jsxImportSource preact */
/**
 * The hosts at two moments, side by side, on narrow screens below each other: the page's own and a
 * second one; and under them who differs most.
 */
import { type Signal, useSignalEffect } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { type Beside, besideMs } from "../../src/browser/address.ts";
import { pageAsk } from "../../src/browser/ask.ts";
import {
  type GridCell,
  type GridGroup,
  gridGroups,
  type GridWish,
  type NameOrder,
} from "../../src/browser/grid_cells.ts";
import { gridChanges } from "../../src/browser/grid_changes.ts";
import { createRecordedApi } from "../../src/browser/recorded_api.ts";
import type { IslandProps } from "../island.ts";
import { useAnswer } from "../use_answer.ts";
import { GridChanges } from "./GridChanges.tsx";
import { HostGrid, type HostGridProps } from "./HostGrid.tsx";
import type { Grid } from "./HostsFilters.tsx";

export interface HostsPairProps extends HostGridProps, IslandProps {
  /** One for as long as this lives. */
  readonly beside: Beside;
  readonly wish: GridWish;
  readonly order: NameOrder;
  /** The second moment's hosts, for the common scale. */
  readonly second: Signal<Grid | null>;
}

const recorded = createRecordedApi(pageAsk);
const CHANGES = 10;

export function HostsPair(props: HostsPairProps) {
  const { model, groups, metric, second, wish, order } = props;
  const answer = useSecond(props);
  const { state, message } = answer;
  const grid = second.value;
  const isOfIt = grid !== null && grid.metric === metric;
  const others = useMemo(
    () => isOfIt ? gridGroups(grid, wish, order) : NO_GROUPS,
    [isOfIt, grid, wish.search, wish.region, wish.sort],
  );
  const labels = labelsOf(model, isOfIt ? grid : null, props.beside);
  const changes = useMemo(() => gridChanges(groups, others, CHANGES), [groups, others]);
  return (
    <>
      <div class="hosts-pair">
        <section aria-label={labels[0]}>
          <h3 class="hosts-moment">{labels[0]}</h3>
          <HostGrid {...props} />
        </section>
        <section aria-label={labels[1]} data-state={state}>
          <h3 class="hosts-moment">{labels[1]}</h3>
          {state === "failed" && <p class="note" data-state="failed" role="alert">{message}</p>}
          {isOfIt && others.length > 0
            ? <HostGrid {...props} groups={others} onOpen={opener(props, grid)} />
            : <p class="empty">{isOfIt ? "No hosts then." : "Loading …"}</p>}
        </section>
      </div>
      <GridChanges {...{ changes, metric, model, labels }} actions={props.actions} />
    </>
  );
}

const NO_GROUPS: readonly GridGroup[] = [];

function useSecond({ model, metric, beside, second }: HostsPairProps) {
  // What does not move with the cursor is not asked for as the cursor moves.
  const moves = typeof beside === "string" && beside !== "now";
  const answer = useAnswer(model, () => model.metric.value, async (atMs): Promise<Grid> => {
    const serverMs = Math.floor(model.serverNowMs.peek());
    const wanted = besideMs(beside, atMs ?? serverMs);
    const grid = await recorded.grid(metric, wanted === null ? null : Math.min(wanted, serverMs));
    return { metric, ...grid };
  }, {
    liveEveryMs: beside === "now" ? 2_000 : 10_000,
    replayEveryMs: 2_000,
    followsCursor: moves,
  });
  useSignalEffect(() => {
    second.value = answer.value.value;
  });
  return answer.value;
}

/** In words: the page's own moment, and the other one. */
function labelsOf(
  model: IslandProps["model"],
  grid: Grid | null,
  beside: Beside,
): readonly [string, string] {
  const time = model.time.value;
  const own = model.isLive.value ? "Now" : `At ${time.moment(model.nowMs.value)}`;
  if (beside === "now") return [own, "Now"];
  const atMs = grid?.atMs ?? besideMs(beside, model.nowMs.value) ?? model.nowMs.value;
  return [own, `At ${time.moment(atMs)}`];
}

/** A host of the second moment opens there. */
function opener({ model, actions, beside }: HostsPairProps, grid: Grid) {
  return ({ host, region }: GridCell) => {
    const cursor = beside === "now"
      ? { kind: "live" } as const
      : { kind: "paused", atMs: Math.floor(grid.atMs ?? model.nowMs.peek()) } as const;
    actions.go({ view: "host", host, region, cursor });
  };
}
