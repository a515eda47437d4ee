/** @jsxImportSource preact */
/** A host's alerts as they were at the cursor; one leads to the moment at which it opened. */
import { measureOf } from "../../src/browser/board_views.ts";
import { formatMetric, formatSpan } from "../../src/browser/format.ts";
import type { Alert } from "../../src/model/alert.ts";
import type { Metric } from "../../src/model/reading.ts";
import { sensorOfRule } from "../../src/model/sensor.ts";
import { Icon } from "../Icon.tsx";
import type { IslandProps } from "../island.ts";
import { SeverityTag } from "../SeverityTag.tsx";

export interface HostAlertsProps extends IslandProps {
  readonly alerts: readonly Alert[];
  /** An alert itself is told anew only when its state changes. */
  readonly newest: Readonly<Record<Metric, number | null>>;
}

export function HostAlerts(props: HostAlertsProps) {
  const { alerts } = props;
  return (
    <section class="panel host-alerts" aria-labelledby="host-alerts-title">
      <header class="panel-head">
        <h2 class="panel-title" id="host-alerts-title">Alerts</h2>
        <span class="quiet panel-aside">
          {alerts.filter((alert) => alert.closedAtMs === null).length} open
        </span>
      </header>
      {alerts.length === 0
        ? (
          <p class="empty">
            <Icon name="ok" /> None up to this time.
          </p>
        )
        : (
          <ul class="alert-items" tabIndex={0} aria-label="Alerts of this host, the newest first">
            {alerts.map((alert) => <Item key={alert.id} alert={alert} {...props} />)}
          </ul>
        )}
    </section>
  );
}

function Item({ alert, newest, model, actions }: HostAlertsProps & { readonly alert: Alert }) {
  const { metric, openedAtMs, closedAtMs, peakValue, limit } = alert;
  const ofHost = sensorOfRule(alert.rule) === null ? newest[metric] : null;
  const value = ofHost ?? alert.value;
  const isOpen = closedAtMs === null;
  const nowMs = model.nowMs.value;
  return (
    <li class="alert-item" data-state={isOpen ? alert.severity : "closed"}>
      <div class="alert-line">
        <SeverityTag
          severity={isOpen ? alert.severity : alert.peakSeverity}
          closed={!isOpen}
        />
        <button
          type="button"
          class="link-button"
          title="Look at the moment at which it opened"
          onClick={() => actions.go({ cursor: { kind: "paused", atMs: openedAtMs } })}
        >
          <time dateTime={new Date(openedAtMs).toISOString()}>
            {model.time.value.near(openedAtMs, model.serverNowMs.value)}
          </time>
        </button>
      </div>
      <div class="alert-line">
        <span>
          {measureOf(alert)} <strong>{formatMetric(metric, isOpen ? value : peakValue)}</strong>
          {" "}
          <span class="quiet">
            {isOpen ? "over" : "at most, limit"} {formatMetric(metric, limit)}
          </span>
        </span>
        <span class="quiet">
          {isOpen
            ? `for ${formatSpan(nowMs - openedAtMs)}`
            : `closed after ${formatSpan(closedAtMs - openedAtMs)}`}
        </span>
      </div>
    </li>
  );
}
