/** @jsxImportSource preact */
/** What is wrong now and was lately: open alerts first, each with its limit and since when. */
import { useSignal } from "@preact/signals";
import { measureOf } from "../src/browser/board_views.ts";
import { formatMetric, formatNumber, formatSpan, plural } from "../src/browser/format.ts";
import { searchOf } from "../src/browser/address.ts";
import { rangeNamed } from "../src/browser/ranges.ts";
import type { Alert } from "../src/model/alert.ts";
import { sensorOfRule } from "../src/model/sensor.ts";
import { Icon } from "./Icon.tsx";
import { onPlainClick } from "./plain_click.ts";
import type { IslandProps } from "./island.ts";
import { RegionName } from "./RegionName.tsx";
import { SeverityTag } from "./SeverityTag.tsx";
import { SilentSources } from "./SilentSources.tsx";

const SHOWN_MAX = 40;

export function AlertList({ model, actions }: IslandProps) {
  const alerts = model.alerts.value;
  const { critical, warning } = model.board.value.alertsOpen;
  const more = alerts.length - SHOWN_MAX;
  // As for all that tells of rackwatch itself: of now, and said of now only.
  const silent = model.isLive.value ? model.status.value.sources.silent : 0;
  const shown = alerts.slice(0, SHOWN_MAX);
  const worst = shown.filter((one) => one.closedAtMs === null && one.severity === "critical")
    .length;
  const item = (alert: Alert) => (
    <Item key={alert.id} alert={alert} model={model} actions={actions} />
  );
  return (
    <section class="panel alerts" aria-labelledby="alerts-title">
      <header class="panel-head">
        <h2 class="panel-title" id="alerts-title">Alerts</h2>
        <span class="quiet panel-aside">
          {critical + warning === 0 ? "none open" : `${formatNumber(critical + warning)} open`}
          {silent > 0 && `, ${plural(silent, "source")} silent`}
        </span>
      </header>
      {alerts.length + silent === 0
        ? (
          <p class="empty">
            <Icon name="ok" /> No alert, open or recent.
          </p>
        )
        : (
          <ul class="alert-items" tabIndex={0} aria-label="Alerts, open ones first">
            {shown.slice(0, worst).map(item)}
            {silent > 0 && <SilentSources model={model} actions={actions} />}
            {shown.slice(worst).map(item)}
            {more > 0 && (
              <li>
                <button
                  type="button"
                  class="link-button"
                  onClick={() => actions.go({ view: "alerts" })}
                >
                  {formatNumber(more)} older ones
                </button>
              </li>
            )}
          </ul>
        )}
    </section>
  );
}

function Item({ alert, model, actions }: { readonly alert: Alert } & IslandProps) {
  const { metric, closedAtMs, openedAtMs } = alert;
  const nowMs = model.nowMs.value;
  const severity = closedAtMs === null ? alert.severity : alert.peakSeverity;
  return (
    <li class="alert-item" data-state={closedAtMs === null ? alert.severity : "closed"}>
      <div class="alert-line">
        <SeverityTag severity={severity} closed={closedAtMs !== null} />
        <JumpButton alert={alert} actions={actions} />
        <RegionName region={alert.region} looks={model.looks.value} />
      </div>
      <div class="alert-line">
        <span>
          {measureOf(alert)}{" "}
          <strong>
            {formatMetric(metric, closedAtMs === null ? valueNow(alert, model) : alert.peakValue)}
          </strong>{" "}
          <span class="quiet">
            {limitText(alert)}
          </span>
        </span>
        <span class="alert-when">
          <time dateTime={new Date(openedAtMs).toISOString()}>
            {model.time.value.near(openedAtMs, model.board.value.serverMs)}
          </time>{" "}
          <span class="quiet">
            {closedAtMs === null
              ? `for ${formatSpan(nowMs - openedAtMs)}`
              : `closed after ${formatSpan(closedAtMs - openedAtMs)}`}
          </span>
        </span>
      </div>
      <div class="alert-line">
        <JustBefore alert={alert} model={model} actions={actions} />
        {closedAtMs === null && <Acknowledge alert={alert} model={model} actions={actions} />}
      </div>
    </li>
  );
}

/** The host's name; without a script it is only that. */
function JumpButton({ alert, actions }: { readonly alert: Alert } & Pick<IslandProps, "actions">) {
  return (
    <button
      type="button"
      class="host alert-jump"
      title={`Go to ${alert.hostId} when the alert opened`}
      onClick={() => actions.go({ cursor: { kind: "paused", atMs: alert.openedAtMs } })}
    >
      {alert.hostId}
      <span class="visually-hidden">: go to its opening</span>
    </button>
  );
}

/** What led to it: the host's own charts, up to the alert's opening. */
function JustBefore({ alert, model, actions }: { readonly alert: Alert } & IslandProps) {
  const { hostId, region, openedAtMs } = alert;
  const place = {
    view: "host",
    host: hostId,
    region,
    range: rangeNamed("1h"),
    cursor: { kind: "paused", atMs: openedAtMs },
  } as const;
  return (
    <a
      class="alert-before needs-script"
      href={`/${searchOf({ ...model.chosen.value, ...place }, openedAtMs)}`}
      title={`The measures of ${hostId} in the hour up to the alert`}
      onClick={onPlainClick(() => actions.go(place))}
    >
      Just before<span class="visually-hidden">{` the alert of ${hostId}`}</span>
    </a>
  );
}

/**
 * The board's newest value: an alert itself is only told anew when its state changes. Of a sensor
 * there is no newer one.
 */
function valueNow(alert: Alert, model: IslandProps["model"]): number {
  if (sensorOfRule(alert.rule) !== null) return alert.value;
  const trouble = model.board.value.troubles.find((each) =>
    each.host_id === alert.hostId && each.region === alert.region && each.metric === alert.metric
  );
  return trouble?.value ?? alert.value;
}

function Acknowledge({ alert, model, actions }: { readonly alert: Alert } & IslandProps) {
  const failed = useSignal<string | null>(null);
  const busy = useSignal(false);
  if (alert.acknowledgedAtMs !== null) {
    return (
      <span class="quiet acknowledged">
        <Icon name="ok" /> Seen{" "}
        {model.time.value.near(alert.acknowledgedAtMs, model.board.value.serverMs)}
        {alert.acknowledgedNote !== null && (
          <>
            : <q class="alert-note">{alert.acknowledgedNote}</q>
          </>
        )}
      </span>
    );
  }
  return (
    <span class="needs-script acknowledged">
      <button
        type="button"
        class="link-button"
        disabled={busy.value}
        onClick={async () => {
          busy.value = true;
          failed.value = await actions.acknowledge(alert.id);
          busy.value = false;
        }}
      >
        Acknowledge<span class="visually-hidden">{` ${alert.hostId}`}</span>
      </button>
      {failed.value !== null && <span role="alert">{failed.value}</span>}
    </span>
  );
}

/** A closed alert shows its worst; the limit it keeps is that of the severity it was lowered to. */
function limitText({ metric, limit, closedAtMs, severity, peakSeverity, rule }: Alert): string {
  const shown = formatMetric(metric, limit);
  if (closedAtMs === null && sensorOfRule(rule) !== null) return `when told, its limit ${shown}`;
  if (closedAtMs === null) return `over ${shown}`;
  return severity === peakSeverity ? `at most, limit ${shown}` : "at most";
}
