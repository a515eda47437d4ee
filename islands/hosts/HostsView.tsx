/** @jsxImportSource preact */
/** Every host a cell, by region: which ones are hot, busy, hungry or silent at the cursor. */
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { searchOf } from "../../src/browser/address.ts";
import { limitsOf } from "../../src/browser/alert_rules.ts";
import { pageAsk } from "../../src/browser/ask.ts";
import { colourScale, scaleEnds } from "../../src/browser/colour_scale.ts";
import { formatNumber, METRIC_VIEWS, plural } from "../../src/browser/format.ts";
import {
  countCells,
  type GridCell,
  type GridCount,
  gridGroups,
  NameOrder,
} from "../../src/browser/grid_cells.ts";
import { createRecordedApi } from "../../src/browser/recorded_api.ts";
import { HOST_METRICS, STATE_WORDS } from "../../src/browser/host_words.ts";
import type { Metric } from "../../src/model/reading.ts";
import { Icon } from "../Icon.tsx";
import type { IslandProps } from "../island.ts";
import { ExportMenu } from "../plot/ExportMenu.tsx";
import { Tabs } from "../Tabs.tsx";
import { type Answer, useAnswer } from "../use_answer.ts";
import { HostGrid } from "./HostGrid.tsx";
import { type Grid, HostsFilters, search, sort } from "./HostsFilters.tsx";
import { HostsPair } from "./HostsPair.tsx";
import { HostTable } from "./HostTable.tsx";
import { ScaleLegend } from "./ScaleLegend.tsx";
import { usePaint } from "./use_paint.ts";
import { useAlertRules } from "./use_rules.ts";

const OFTEN = { liveEveryMs: 2_000, replayEveryMs: 1_000 };

const order = new NameOrder();
const recorded = createRecordedApi(pageAsk);

export function HostsView(props: IslandProps) {
  const { model } = props;
  const answer = useAnswer(model, () => model.metric.value, async (atMs) => {
    const metric = model.metric.peek();
    return { metric, ...await recorded.grid(metric, atMs) };
  }, OFTEN);
  const { value: grid } = answer.value;
  return (
    <section class="panel hosts" aria-labelledby="hosts-title">
      <header class="panel-head">
        <h2 class="panel-title" id="hosts-title">Hosts</h2>
        <Tabs
          label="Measure"
          chosen={model.metric.value}
          tabs={HOST_METRICS.map((name) => ({ name, label: METRIC_VIEWS[name].label }))}
          onChoose={(name) => props.actions.setMetric(name as Metric)}
        />
      </header>
      <HostsFilters grid={grid} {...props} />
      <Trouble answer={answer.value} />
      {grid !== null && <Shown grid={grid} {...props} />}
    </section>
  );
}

function Trouble({ answer: { state, message, value } }: { readonly answer: Answer<Grid> }) {
  if (state === "failed") {
    return (
      <p class="note" data-state="failed" role="alert">
        {value === null ? "The hosts could not be loaded: " : "This is not the newest: "}
        {message}
      </p>
    );
  }
  return value === null ? <p class="empty" role="status">Loading …</p> : null;
}

function Shown({ grid, model, actions }: IslandProps & { readonly grid: Grid }) {
  const paint = usePaint().value;
  const rules = useAlertRules().value;
  const { region } = model.chosen.value;
  const wish = { search: search.value, region, sort: sort.value };
  const groups = useMemo(
    () => gridGroups(grid, wish, order),
    [grid, wish.search, wish.region, wish.sort],
  );
  const { metric } = grid;
  const limits = useMemo(() => limitsOf(rules ?? [], metric), [rules, metric]);
  const second = useSignal<Grid | null>(null);
  const other = second.value?.metric === metric ? second.value.regions : [];
  // One scale for both, or colours could not be compared.
  const values = [...grid.regions, ...other].flatMap((each) => each.values);
  const ends = scaleEnds(metric, values, limits);
  const scale = useMemo(
    () => colourScale(metric, ends, paint.isDark),
    [metric, ...ends, paint.isDark],
  );
  const count = countCells(groups);
  const open = ({ host, region }: GridCell, inNewTab: boolean) => {
    const place = { view: "host", host, region } as const;
    if (!inNewTab) return actions.go(place);
    globalThis.open(`/${searchOf({ ...model.chosen.peek(), ...place }, model.nowMs.peek())}`);
  };
  if (count.hosts === 0) return <Nothing grid={grid} region={region} actions={actions} />;
  const looks = model.looks.value;
  const { beside: chosen } = model.chosen.value;
  const beside = chosen === "now" && model.isLive.value ? null : chosen;
  return (
    <>
      <div class="hosts-about">
        <Counts count={count} />
        <ScaleLegend metric={metric} scale={scale} limits={limits} paint={paint} />
        <ExportMenu
          what="the grid of hosts"
          onExport={async (format, near) => {
            const { exportGrid } = await import("./export_grid.ts");
            const atMs = model.nowMs.peek(), time = model.time.peek();
            await exportGrid(format, { groups, metric, scale, atMs, time, near });
          }}
        />
      </div>
      {beside === null
        ? <HostGrid {...{ groups, metric, scale, looks, paint }} onOpen={open} />
        : (
          <HostsPair
            {...{ groups, wish, order, metric, scale, looks, paint, model, actions }}
            key={String(beside)}
            beside={beside}
            second={second}
            onOpen={open}
          />
        )}
      <HostTable
        {...{ groups, metric, order, model, actions }}
        hosts={count.hosts}
        sort={sort.value}
      />
    </>
  );
}

function Counts({ count: { hosts, states } }: { readonly count: GridCount }) {
  return (
    <ul class="hosts-counts" aria-label="Hosts by state">
      <li>
        <strong>{formatNumber(hosts)}</strong> {hosts === 1 ? "host" : "hosts"}
      </li>
      {(["critical", "warning", "stale", "ok"] as const).map((state) => (
        <li key={state} class="host-state" data-state={states[state] === 0 ? undefined : state}>
          <Icon name={state} /> {formatNumber(states[state])} {STATE_WORDS[state].toLowerCase()}
        </li>
      ))}
    </ul>
  );
}

function Nothing({ grid, region, actions }: Pick<IslandProps, "actions"> & {
  readonly grid: Grid;
  readonly region: string | null;
}) {
  const all = grid.regions.reduce((sum, each) => sum + each.hosts.length, 0);
  if (all === 0) return <p class="empty">No hosts yet at this time.</p>;
  const where = region === null ? "" : ` in ${region}`;
  const what = search.value.trim() === "" ? "" : ` with “${search.value.trim()}” in its name`;
  return (
    <p class="empty">
      <span>No host{what}{where}.</span>
      <button
        type="button"
        class="link-button"
        onClick={() => {
          search.value = "";
          if (region !== null) actions.go({ region: null });
        }}
      >
        Show all {plural(all, "host")}
      </button>
    </p>
  );
}
