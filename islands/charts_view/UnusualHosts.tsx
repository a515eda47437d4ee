/** @jsxImportSource preact */
/** Hosts of the shown stretch, those first that left their usual range the furthest. */
import { pageAsk } from "../../src/browser/ask.ts";
import { formatMetric, formatNumber, METRIC_VIEWS } from "../../src/browser/format.ts";
import {
  createRecordedApi,
  type Outlier,
  OUTLIERS_SPAN_MS_MAX,
} from "../../src/browser/recorded_api.ts";
import type { Metric } from "../../src/model/reading.ts";
import type { IslandProps } from "../island.ts";
import { RegionName } from "../RegionName.tsx";
import { useAnswer } from "../use_answer.ts";

const recorded = createRecordedApi(pageAsk);
const LIVE_EVERY_MS = 30_000;
const REPLAY_EVERY_MS = 5_000;
/** A score below this is a host that does what it always does. */
const UNUSUAL_MIN = 1;
const SHOWN_MAX = 12;

/** What is shown is of this metric, until the chosen one has come. */
interface Unusual {
  readonly metric: Metric;
  /** Null: the stretch is too long to say. */
  readonly hosts: readonly Outlier[] | null;
}

export function UnusualHosts({ model, actions }: IslandProps) {
  const answer = useAnswer(
    model,
    () => JSON.stringify([model.range.value.ms, model.metric.value]),
    async (atMs): Promise<Unusual> => {
      const toMs = atMs ?? model.serverNowMs.peek();
      const window = { fromMs: toMs - model.range.peek().ms, toMs };
      const metric = model.metric.peek();
      if (model.range.peek().ms > OUTLIERS_SPAN_MS_MAX) return { metric, hosts: null };
      return { metric, hosts: await recorded.outliers(window, metric) };
    },
    { liveEveryMs: LIVE_EVERY_MS, replayEveryMs: REPLAY_EVERY_MS },
  );
  const { state, message, value } = answer.value;
  const metric = value?.metric ?? model.metric.value;
  const hosts = (value?.hosts ?? []).filter(({ score }) => score >= UNUSUAL_MIN).slice(
    0,
    SHOWN_MAX,
  );
  return (
    <section class="panel panel-wide unusual" aria-labelledby="unusual-title">
      <header class="panel-head">
        <h2 class="panel-title" id="unusual-title">
          Unusual hosts: {METRIC_VIEWS[metric].label}
        </h2>
        <span class="quiet panel-aside">against each one's 24 hours before</span>
      </header>
      {state === "failed" && <p class="note" data-state="failed">{message}</p>}
      {value === null
        ? state === "loading" && <p class="empty" role="status">Looking …</p>
        : value.hosts === null
        ? <p class="empty">A stretch of more than 31 days is not compared: choose a shorter one.</p>
        : hosts.length === 0
        ? <p class="empty">No host left its usual range in this stretch.</p>
        : <HostsTable metric={metric} hosts={hosts} model={model} actions={actions} />}
    </section>
  );
}

function HostsTable({ metric, hosts, model, actions }: IslandProps & {
  readonly metric: Metric;
  readonly hosts: readonly Outlier[];
}) {
  return (
    <div class="scroll">
      <table class="table">
        <caption class="visually-hidden">
          Hosts outside of their usual range, furthest first
        </caption>
        <thead>
          <tr>
            <th scope="col">Host</th>
            <th scope="col">Region</th>
            <th scope="col" class="number">Mean here</th>
            <th scope="col" class="number">Lowest … highest</th>
            <th scope="col" class="number">Usual mean</th>
            <th scope="col" class="number">Usual range</th>
            <th scope="col" class="number" title="1: half a usual range away from the usual">
              Off
            </th>
          </tr>
        </thead>
        <tbody>
          {hosts.map((host) => (
            <tr key={`${host.region}/${host.hostId}`}>
              <th scope="row">
                <button
                  type="button"
                  class="link-button host"
                  onClick={() =>
                    actions.go({ view: "host", host: host.hostId, region: host.region })}
                >
                  {host.hostId}
                </button>
              </th>
              <td>
                <RegionName region={host.region} looks={model.looks.value} />
              </td>
              <td class="number">
                <strong>{formatMetric(metric, host.value)}</strong>
              </td>
              <td class="number">
                {formatMetric(metric, host.min)} … {formatMetric(metric, host.max)}
              </td>
              <td class="number">{formatMetric(metric, host.usualMean)}</td>
              <td class="number quiet">
                {formatMetric(metric, host.usualMin)} … {formatMetric(metric, host.usualMax)}
              </td>
              <td class="number">{formatNumber(host.score, 1)}×</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
