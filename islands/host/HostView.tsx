/** @jsxImportSource preact */
/** One host at the cursor: state, measures, alerts, and the readings down to their raw text. */
import { alertsOf } from "../../src/browser/alert_answers.ts";
import { seriesOf } from "../../src/browser/api.ts";
import { field, pageAsk } from "../../src/browser/ask.ts";
import type { ChartView } from "../../src/browser/chart_columns.ts";
import { formatMetric, formatSpan, METRIC_VIEWS } from "../../src/browser/format.ts";
import {
  hostChart,
  type HostReading,
  hostReadingsOf,
  hostState,
  newestValues,
} from "../../src/browser/host_facts.ts";
import { askOdd } from "../../src/browser/odd_readings.ts";
import { HOST_METRICS, STATE_WORDS } from "../../src/browser/host_words.ts";
import type { Alert } from "../../src/model/alert.ts";
import type { Metric } from "../../src/model/reading.ts";
import { useAlertRules } from "../hosts/use_rules.ts";
import { Icon } from "../Icon.tsx";
import type { IslandProps } from "../island.ts";
import { RegionName } from "../RegionName.tsx";
import { RangeTabs } from "../RangeTabs.tsx";
import { useAnswer } from "../use_answer.ts";
import { HostAlerts } from "./HostAlerts.tsx";
import { HostCharts } from "./HostCharts.tsx";
import { HostReadings } from "./HostReadings.tsx";

const OFTEN = { liveEveryMs: 2_000, replayEveryMs: 1_000 };
const READINGS = 20;
const ALERTS = 50;
const POINTS_MIN = 150;
/** While live, a host's clock may run ahead of the server's by so much. */
const AHEAD_MS = 60_000;

interface HostFacts {
  readonly host: string;
  readonly region: string;
  readonly readings: readonly HostReading[];
  readonly alerts: readonly Alert[];
  readonly chart: ChartView;
}

export function HostView(props: IslandProps) {
  const { model, actions } = props;
  const { host, region } = model.chosen.value;
  const key = () => {
    const { host, region, range } = model.chosen.value;
    return JSON.stringify([host, region, range.name]);
  };
  const answer = useAnswer(model, key, (atMs) => askFacts(model, atMs), OFTEN);
  const { value, state, message } = answer.value;
  // What is shown is of the host in the address, or nothing.
  const isOfIt = value?.host === host && value?.region === (region ?? value?.region);
  const facts = isOfIt ? value : null;
  return (
    <div class="host-view">
      <Head {...props} facts={facts} />
      {state === "failed" && (
        <p class="note" data-state="failed" role="alert">
          {facts === null ? "" : "This is not the newest: "}
          {message}
        </p>
      )}
      {facts === null && state === "loading" && <p class="empty" role="status">Loading …</p>}
      {facts !== null && <Body {...props} facts={facts} />}
      {host === null && (
        <p class="empty">
          <button type="button" class="link-button" onClick={() => actions.go({ view: "hosts" })}>
            Choose a host
          </button>
        </p>
      )}
    </div>
  );
}

/** Behind the gate of long questions, so asked for by itself, and not often. */
function useOdd(model: IslandProps["model"]) {
  const key = () => {
    const { host, region, range } = model.chosen.value;
    return JSON.stringify([host, region, range.name]);
  };
  return useAnswer(model, key, async (atMs) => {
    const { host, region, range } = model.chosen.peek();
    if (host === null) return null;
    const toMs = Math.floor(atMs ?? model.serverNowMs.peek());
    const window = { fromMs: toMs - range.ms, toMs: toMs + (atMs === null ? AHEAD_MS : 0) };
    return { host, ...await askOdd(pageAsk, { host, region }, window) };
  }, { liveEveryMs: 10_000, replayEveryMs: 2_000 });
}

/** @param atMs null: now */
async function askFacts(
  model: IslandProps["model"],
  atMs: number | null,
): Promise<HostFacts | null> {
  const { host, region: given, range } = model.chosen.peek();
  if (host === null) return null;
  const region = given ??
    String(field(await pageAsk.get(`/api/hosts/${encodeURIComponent(host)}`, {}), "region"));
  const toMs = Math.floor(atMs ?? model.serverNowMs.peek());
  const window = { fromMs: toMs - range.ms, toMs };
  const named = { host_id: host, region };
  const points = Math.max(POINTS_MIN, range.points);
  const series = async (metric: Metric) => {
    const query = { metric, ...named, from: window.fromMs, to: toMs, points };
    return seriesOf(region, await pageAsk.get("/api/series", query));
  };
  const until = atMs === null ? toMs + AHEAD_MS : toMs + 1;
  const [readings, alerts, temp_c, cpu_load, voltage, power_watts] = await Promise.all([
    pageAsk.get("/api/readings", { ...named, to: until, limit: READINGS, flags: 1 }),
    pageAsk.get("/api/alerts/host", {
      ...named,
      limit: ALERTS,
      ...(atMs === null ? {} : { at: toMs }),
    }),
    series("temp_c"),
    series("cpu_load"),
    series("voltage"),
    series("power_watts"),
  ]);
  return {
    host,
    region,
    readings: hostReadingsOf(readings),
    alerts: alertsOf(alerts),
    chart: hostChart({ temp_c, cpu_load, voltage, power_watts }, window),
  };
}

function Head({ facts, model, actions }: IslandProps & { readonly facts: HostFacts | null }) {
  const { host } = model.chosen.value;
  const nowMs = model.nowMs.value;
  const state = facts === null ? null : hostState(facts.readings, facts.alerts, nowMs);
  const newest = facts?.readings[0];
  return (
    <header class="panel host-head" data-state={state ?? undefined}>
      <div class="host-head-line">
        <h2 class="host-name">{host ?? "Host"}</h2>
        {facts !== null && <RegionName region={facts.region} looks={model.looks.value} />}
        {state !== null && (
          <strong class="host-state" data-state={state}>
            <Icon name={state} /> {STATE_WORDS[state]}
          </strong>
        )}
        <span class="quiet">
          {newest !== undefined && `newest reading ${formatSpan(nowMs - newest.atMs)} old`}
          {facts !== null && newest === undefined && "no reading up to this time"}
        </span>
        <RangeTabs model={model} actions={actions} />
      </div>
      {facts !== null && facts.readings.length > 0 && <Values readings={facts.readings} />}
    </header>
  );
}

function Values({ readings }: { readonly readings: readonly HostReading[] }) {
  const values = newestValues(readings);
  return (
    <dl class="host-values">
      {HOST_METRICS.map((metric) => (
        <div key={metric}>
          <dt>{METRIC_VIEWS[metric].label}</dt>
          <dd>{formatMetric(metric, values[metric])}</dd>
        </div>
      ))}
    </dl>
  );
}

function Body({ facts, model, actions }: IslandProps & { readonly facts: HostFacts }) {
  const { host, region, readings, alerts, chart } = facts;
  const rules = useAlertRules().value ?? [];
  const asked = useOdd(model).value.value;
  const odd = asked?.host === host ? asked : null;
  const className = model.looks.value.get(region)?.className ?? "";
  return (
    <div class="host-body">
      <HostCharts
        key={`${region}/${host}`}
        {...{ model, actions, rules, region, className }}
        view={chart}
        odd={odd}
        name={host}
      />
      <HostAlerts {...{ alerts, model, actions }} newest={newestValues(readings)} />
      <HostReadings
        key={`${region}/${host}/readings`}
        {...{ host, region, readings, model }}
      />
    </div>
  );
}
