/** @jsxImportSource preact */
/** All measures by region in linked charts: one crosshair, one brush, one legend. */
import type { GhostName } from "../../src/browser/address.ts";
import { METRIC_ORDER } from "../../src/browser/chart_axes.ts";
import { stalenessText } from "../../src/browser/chart_freshness.ts";
import { ghostChoices, stepText, windowText } from "../../src/browser/chart_words.ts";
import { formatNumber } from "../../src/browser/format.ts";
import type { IslandProps } from "../island.ts";
import { type ChartLink, useChartLink } from "../plot/chart_link.ts";
import { LateNote } from "../plot/LateNote.tsx";
import { RangeTabs } from "../RangeTabs.tsx";
import { Tabs } from "../Tabs.tsx";
import { ChartsLegend } from "./ChartsLegend.tsx";
import { Heatmap } from "./Heatmap.tsx";
import { MetricPanel } from "./MetricPanel.tsx";
import { UnusualHosts } from "./UnusualHosts.tsx";
import { type ChartsInput, useCharts } from "./use_charts.ts";

export function ChartsView({ model, actions }: IslandProps) {
  const link = useChartLink();
  const charts = useCharts(model);
  const { range } = charts.shown.value;
  const isLive = model.isLive.value;
  const atMs = charts.inputs.cpu_load.value.view.toMs;
  const time = model.time.value;
  const when = windowText(range, isLive, atMs, model.serverNowMs.value, time);
  return (
    <div class="charts-view">
      <section class="panel panel-wide" aria-labelledby="charts-title">
        <header class="panel-head">
          <h2 class="panel-title" id="charts-title">All measures by region</h2>
          <Tabs
            label="Compare with the same stretch"
            chosen={model.chosen.value.ghost ?? ""}
            tabs={[{ name: "", label: "No ghost" }, ...ghostChoices(isLive)]}
            onChoose={(name) => actions.go({ ghost: name === "" ? null : name as GhostName })}
          />
          <RangeTabs model={model} actions={actions} />
        </header>
        <ChartsLegend model={model} actions={actions} charts={charts} link={link} />
        <ChartsNote model={model} charts={charts} link={link} when={when} />
      </section>
      {METRIC_ORDER.map((metric) => (
        <MetricPanel
          key={metric}
          metric={metric}
          model={model}
          actions={actions}
          link={link}
          charts={charts}
          when={when}
        />
      ))}
      <Heatmap model={model} actions={actions} link={link} />
      <UnusualHosts model={model} actions={actions} />
    </div>
  );
}

function ChartsNote({ model, charts, link, when }: Pick<IslandProps, "model"> & {
  readonly charts: ChartsInput;
  readonly link: ChartLink;
  readonly when: string;
}) {
  const { state, message } = charts.answer.value;
  const { view, stale } = charts.inputs.cpu_load.value;
  const more = model.board.value.regions.length - charts.regions.value.length;
  return (
    <p class="note" data-state={state}>
      {state === "loading" && "Loading history … "}
      {state === "failed" && `History is missing: ${message} `}
      {when}; mean, lowest and highest per {stepText(view.stepMs)}, {model.time.value.zoneLabel}.
      {more > 0 && ` ${formatNumber(more)} further regions are not drawn.`}
      {stale.length > 0 && <strong>{` ${stale.map(stalenessText).join(", ")}.`}</strong>}{" "}
      <LateNote view={view} atMs={link.crosshairMs.value} />{" "}
      <span class="needs-script">
        Drag to zoom, double click to see more, wheel with Ctrl.
      </span>
    </p>
  );
}
