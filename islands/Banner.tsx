/** @jsxImportSource preact */
/** What is wrong, where, and since when; or that nothing is. Opens to the hosts concerned. */
import { bannerView } from "../src/browser/board_views.ts";
import { formatMetric, formatNumber, formatSpan, METRIC_VIEWS } from "../src/browser/format.ts";
import type { HostState, HostTrouble, RegionNow } from "../src/model/live_event.ts";
import { Icon } from "./Icon.tsx";
import type { IslandProps } from "./island.ts";
import { RegionName } from "./RegionName.tsx";
import { SeverityTag } from "./SeverityTag.tsx";
import { SilentHostList } from "./SilentHostList.tsx";

/** A board this near to the cursor is taken for its own. */
const RECALL_MS = 2_000;

export function Banner({ model }: IslandProps) {
  const board = model.board.value;
  // Sources are known as they are now.
  const view = bannerView(board, model.isLive.value ? model.status.value.sources : null);
  return (
    <>
      <Recall model={model} />
      <details
        class="banner"
        data-state={view.state}
        onToggle={(event) => model.bannerOpen.value = event.currentTarget.open}
      >
        <summary>
          <Icon name={view.state} />
          <strong class="banner-title">{view.title}</strong>
          <span class="banner-detail">{view.detail}</span>
          <span class="banner-open">
            Hosts <Icon name="chevron" />
          </span>
        </summary>
        <div class="banner-body">
          <Troubles model={model} />
          <div>
            <StatesByRegion model={model} />
            <SilentHostList model={model} />
          </div>
        </div>
      </details>
    </>
  );
}

/** Where what is shown is not of the cursor's place (yet), it says of when it is. */
function Recall({ model }: Pick<IslandProps, "model">) {
  const { cursor } = model.chosen.value;
  const { state, message } = model.recall.value;
  const shownMs = model.board.value.serverMs;
  const isOther = Math.abs(shownMs - model.nowMs.value) > RECALL_MS;
  if (cursor.kind === "live" || state === "ready" || !isOther) return null;
  if (state === "loading" && cursor.kind === "replay") return null;
  const of = model.time.value.near(shownMs, model.serverNowMs.value);
  return (
    <p class="recall" role={state === "failed" ? "alert" : "status"} data-state={state}>
      {state === "failed" ? `The state of this moment is missing: ${message}` : "Loading …"}{" "}
      What is shown is of {of}.
    </p>
  );
}

function Troubles({ model }: Pick<IslandProps, "model">) {
  const { troubles, troublesOmitted } = model.board.value;
  if (troubles.length === 0) {
    return <p class="quiet">No host is over a limit.</p>;
  }
  return (
    <div class="scroll troubles">
      <table class="table">
        <caption class="visually-hidden">Hosts over a limit, the worst first</caption>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Host</th>
            <th scope="col">Region</th>
            <th scope="col" class="measure">Measure</th>
            <th scope="col" class="number">Value</th>
            <th scope="col" class="number limit">Limit</th>
            <th scope="col" class="number">Since</th>
          </tr>
        </thead>
        <tbody>
          {troubles.map((trouble) => (
            <TroubleRow
              key={`${trouble.region}/${trouble.host_id}/${trouble.metric}`}
              trouble={trouble}
              model={model}
            />
          ))}
        </tbody>
      </table>
      {troublesOmitted > 0 && <p class="quiet">and {formatNumber(troublesOmitted)} more</p>}
    </div>
  );
}

function TroubleRow(
  { trouble, model }: { readonly trouble: HostTrouble } & Pick<IslandProps, "model">,
) {
  const { metric, sinceMs } = trouble;
  const nowMs = model.nowMs.value;
  return (
    <tr>
      <td>
        <SeverityTag severity={trouble.severity} />
      </td>
      <th scope="row" class="host">{trouble.host_id}</th>
      <td>
        <RegionName region={trouble.region} looks={model.looks.value} />
      </td>
      <td class="measure">{trouble.sensor ?? METRIC_VIEWS[metric].label}</td>
      <td class="number">
        <strong>{formatMetric(metric, trouble.value)}</strong>
      </td>
      <td class="number quiet limit">{formatMetric(metric, trouble.limit)}</td>
      <td class="number">
        <time dateTime={new Date(sinceMs).toISOString()}>
          {model.time.value.near(sinceMs, nowMs)}
        </time>
        <span class="quiet since">{formatSpan(nowMs - sinceMs)}</span>
      </td>
    </tr>
  );
}

const STATES: readonly (readonly [HostState, string])[] = [
  ["critical", "Critical"],
  ["warning", "Warning"],
  ["stale", "Silent"],
  ["ok", "Normal"],
];

function StatesByRegion({ model }: Pick<IslandProps, "model">) {
  const { regions, hostsOverLimit } = model.board.value;
  if (regions.length === 0) return null;
  return (
    <div class="scroll">
      <table class="table">
        <caption class="visually-hidden">Hosts by region and state</caption>
        <thead>
          <tr>
            <th scope="col">Region</th>
            {STATES.map(([state, label]) => (
              <th key={state} scope="col" class="number" data-state={state}>
                <Icon name={state} /> {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {regions.map((region) => (
            <RegionStates key={region.region} region={region} model={model} />
          ))}
        </tbody>
      </table>
      <p class="quiet">
        Silent: no reading for a minute.
        {hostsOverLimit > 0 && ` ${formatNumber(hostsOverLimit)} further hosts are not tracked.`}
      </p>
    </div>
  );
}

function RegionStates(
  { region, model }: { readonly region: RegionNow } & Pick<IslandProps, "model">,
) {
  return (
    <tr>
      <th scope="row">
        <RegionName region={region.region} looks={model.looks.value} />
      </th>
      {STATES.map(([state]) => (
        <td key={state} class={region.states[state] === 0 ? "number quiet" : "number"}>
          {formatNumber(region.states[state])}
        </td>
      ))}
    </tr>
  );
}
