/** @jsxImportSource preact */
/** The three figures an operator looks for first, their change, and where they come from. */
import type { VNode } from "preact";
import {
  formatChange,
  formatMetric,
  formatNumber,
  formatPower,
  formatRate,
  NOT_MEASURED,
  shownDifference,
  shownValue,
  unitSign,
} from "../src/browser/format.ts";
import { hostStates } from "../src/browser/board_views.ts";
import type { KeyFigure, RegionNow } from "../src/model/live_event.ts";
import type { Metric } from "../src/model/reading.ts";
import { Icon } from "./Icon.tsx";
import type { IslandProps } from "./island.ts";
import { RegionName } from "./RegionName.tsx";
import { TrendLine } from "./TrendLine.tsx";

/** More regions than this would make the figures a list; the rest stands in the table of regions. */
const REGIONS_SHOWN_MAX = 5;

export function KeyFigures({ model }: IslandProps) {
  const { figures, regions } = model.board.value;
  const trend = (metric: Metric, spanMin: number) => (
    <TrendLine
      values={model.columns.trend(metric, model.board.value.serverMs)}
      spanMin={spanMin}
    />
  );
  const power = formatPower(figures.power_watts.value);
  const temperature = figures.temp_c.value;
  const now = model.isLive.value ? null : model.liveBoard.value.figures;
  const powerNow = now === null ? null : formatPower(now.power_watts.value);
  return (
    <div class="figures">
      <Card
        title="Average temperature"
        value={formatNumber(temperature === null ? null : shownValue("temp_c", temperature), 1)}
        unit={unitSign("temp_c")}
        change={<Change figure={figures.temp_c} metric="temp_c" digits={1} />}
        now={now && formatMetric("temp_c", now.temp_c.value)}
        trend={trend("temp_c", 4)}
      >
        <ByRegion model={model} of={(region) => formatMetric("temp_c", mean(region, "temp_c"))} />
      </Card>
      <Card
        title="Average CPU load"
        value={formatNumber(figures.cpu_load.value, 1)}
        unit="%"
        change={<Change figure={figures.cpu_load} metric="cpu_load" digits={1} />}
        now={now && formatMetric("cpu_load", now.cpu_load.value)}
        trend={trend("cpu_load", 10)}
      >
        <ByRegion
          model={model}
          of={(region) => formatMetric("cpu_load", mean(region, "cpu_load"))}
        />
      </Card>
      <Card
        title="Total power"
        value={power.value}
        unit={power.unit}
        change={<Change figure={figures.power_watts} metric="power_watts" digits={0} />}
        now={powerNow && `${powerNow.value}\u202f${powerNow.unit}`}
        trend={trend("power_watts", 60)}
      >
        <ByRegion
          model={model}
          of={({ powerTotalWatts }) => {
            const { value, unit } = formatPower(powerTotalWatts);
            return unit === "" ? NOT_MEASURED : `${value}\u202f${unit}`;
          }}
        />
      </Card>
      <Reporting model={model} regions={regions} />
    </div>
  );
}

function Reporting({ model, regions }: Pick<IslandProps, "model"> & {
  readonly regions: readonly RegionNow[];
}) {
  const states = hostStates(regions);
  const hosts = regions.reduce((sum, region) => sum + region.hosts, 0);
  const rate = regions.reduce((sum, region) => sum + region.rate, 0);
  const live = model.liveBoard.value.regions;
  const liveHosts = live.reduce((sum, region) => sum + region.hosts, 0);
  const liveReporting = formatNumber(liveHosts - hostStates(live).stale);
  return (
    <Card
      title="Hosts reporting"
      value={formatNumber(hosts - states.stale)}
      unit={`of ${formatNumber(hosts)}`}
      now={model.isLive.value ? null : `${liveReporting} of ${formatNumber(liveHosts)}`}
      change={
        <span class="change">
          <Icon name="live" />
          {formatRate(rate)} readings/s
        </span>
      }
    >
      <ByRegion
        model={model}
        of={(region) =>
          `${formatNumber(region.hosts - region.states.stale)}\u202f/\u202f${
            formatNumber(region.hosts)
          }`}
      />
    </Card>
  );
}

interface CardProps {
  readonly title: string;
  readonly value: string;
  readonly unit: string;
  readonly change: VNode;
  readonly trend?: VNode;
  /** The live value, where what is shown is of another time. */
  readonly now: string | null;
  readonly children: VNode;
}

function Card({ title, value, unit, change, trend, now, children }: CardProps) {
  return (
    <section class="panel figure">
      <h2 class="panel-title">{title}</h2>
      <p class="figure-value">
        {value}
        {value !== NOT_MEASURED && <span class="figure-unit">{unit}</span>}
      </p>
      {change}
      {trend}
      {now !== null && <p class="figure-now quiet">Now {now}</p>}
      {children}
    </section>
  );
}

function Change({ figure, metric, digits }: {
  readonly figure: KeyFigure;
  readonly metric: Metric;
  readonly digits: number;
}) {
  if (figure.change === null) {
    return <span class="change quiet">first minute</span>;
  }
  const change = shownDifference(metric, figure.change);
  const rounded = Number(change.toFixed(digits));
  return (
    <span class="change" title="The last minute against the minute before">
      <Icon name={rounded > 0 ? "up" : rounded < 0 ? "down" : "same"} />
      {formatChange(change, digits)}&#8239;{unitSign(metric)} <span class="quiet">in a minute</span>
    </span>
  );
}

function ByRegion({ model, of }: Pick<IslandProps, "model"> & {
  readonly of: (region: RegionNow) => string;
}) {
  const { regions } = model.board.value;
  const more = regions.length - REGIONS_SHOWN_MAX;
  return (
    <dl class="by-region">
      {regions.slice(0, REGIONS_SHOWN_MAX).map((region) => (
        <div key={region.region}>
          <dt>
            <RegionName region={region.region} looks={model.looks.value} />
          </dt>
          <dd>{of(region)}</dd>
        </div>
      ))}
      {more > 0 && (
        <div class="quiet">
          <dt>{formatNumber(more)} more</dt>
        </div>
      )}
    </dl>
  );
}

function mean(region: RegionNow, metric: Metric): number | null {
  return region.metrics[metric]?.mean ?? null;
}
