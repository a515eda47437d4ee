/** @jsxImportSource preact */
/** One alert: what, how much, since when, how it ended; and the way to its opening and its host. */
import type { Signal } from "@preact/signals";
import { searchOf } from "../../src/browser/address.ts";
import { endVerb, lastedMs } from "../../src/browser/alert_pages.ts";
import { measureOf } from "../../src/browser/board_views.ts";
import { formatMetric, formatSpan } from "../../src/browser/format.ts";
import type { Alert } from "../../src/model/alert.ts";
import { Icon } from "../Icon.tsx";
import type { IslandProps } from "../island.ts";
import { onPlainClick } from "../plain_click.ts";
import { RegionName } from "../RegionName.tsx";
import { SeverityTag } from "../SeverityTag.tsx";
import { Acknowledgement } from "./Acknowledgement.tsx";

/** Acknowledged on this page, epoch ms. */
export interface Seen {
  readonly atMs: number;
  readonly note: string | null;
}

export interface AlertRowProps extends IslandProps {
  readonly alert: Alert;
  readonly seen: Signal<ReadonlyMap<string, Seen>>;
  /** The id of the alert that a note is being written about. */
  readonly writing: Signal<string | null>;
}

export function AlertRow({ alert, model, actions, seen, writing }: AlertRowProps) {
  const { id, hostId, region, closedAtMs, openedAtMs } = alert;
  const isOpen = closedAtMs === null;
  const cursor = model.chosen.value.cursor;
  const isHere = cursor.kind === "paused" && cursor.atMs === openedAtMs;
  return (
    <li
      class="alert-row"
      data-alert={id}
      data-state={isOpen ? alert.severity : "closed"}
      aria-current={isHere ? "true" : undefined}
    >
      <div class="alert-who">
        <SeverityTag
          severity={isOpen ? alert.severity : alert.peakSeverity}
          closed={!isOpen}
        />
        <button
          type="button"
          class="link-button host"
          data-row
          title={`Go to ${hostId} at ${model.time.value.moment(openedAtMs)}`}
          onClick={() => actions.go({ cursor: { kind: "paused", atMs: openedAtMs } })}
        >
          {hostId}
          <span class="visually-hidden">: go to its opening</span>
        </button>
        <RegionName region={region} looks={model.looks.value} />
      </div>
      <Values alert={alert} />
      <When alert={alert} model={model} />
      <div class="alert-does">
        <Acknowledgement
          alert={alert}
          model={model}
          actions={actions}
          seen={seen}
          writing={writing}
        />
        <HostLink alert={alert} model={model} actions={actions} isHere={isHere} />
      </div>
    </li>
  );
}

function Values({ alert }: { readonly alert: Alert }) {
  const { metric, value, peakValue, closedAtMs } = alert;
  const shown = closedAtMs === null ? value : peakValue;
  return (
    <div class="alert-values">
      <span>
        {measureOf(alert)} <strong>{formatMetric(metric, shown)}</strong>{" "}
        {closedAtMs !== null && <span class="quiet">at most</span>}
      </span>
      <span class="quiet">{factsOf(alert).join(" · ")}</span>
    </div>
  );
}

/** The limit is that of the last severity: of one that was lowered it is not the one of its worst. */
function factsOf({ metric, value, peakValue, limit, closedAtMs, severity, ...alert }: Alert) {
  const isLowered = closedAtMs !== null && severity !== alert.peakSeverity;
  return [
    isLowered ? "lowered before it closed" : `limit ${formatMetric(metric, limit)}`,
    ...(closedAtMs === null && peakValue > value
      ? [`peak ${formatMetric(metric, peakValue)}`]
      : []),
    `rule ${alert.rule}`,
  ];
}

function When({ alert, model }: { readonly alert: Alert } & Pick<IslandProps, "model">) {
  const { openedAtMs, closedAtMs } = alert;
  // Only what is open grows with the clock: hundreds of rows that ended need not be drawn anew.
  const near = (atMs: number) => model.time.value.near(atMs, model.serverNowMs.peek());
  const lasted = formatSpan(lastedMs(alert, closedAtMs ?? model.nowMs.value));
  return (
    <div class="alert-times">
      <time dateTime={new Date(openedAtMs).toISOString()}>{near(openedAtMs)}</time>
      <span class="quiet">
        {closedAtMs === null ? `open for ${lasted}` : (
          <>
            {`${endVerb(alert)} `}
            <time dateTime={new Date(closedAtMs).toISOString()}>{near(closedAtMs)}</time>
            {` after ${lasted}`}
          </>
        )}
      </span>
    </div>
  );
}

interface HostLinkProps extends IslandProps {
  readonly alert: Alert;
  /** The cursor stands at the alert's opening. */
  readonly isHere: boolean;
}

/** The host's page at the alert's opening. */
function HostLink({ alert, model, actions, isHere }: HostLinkProps) {
  const { hostId, region, openedAtMs } = alert;
  const there = {
    view: "host",
    host: hostId,
    region,
    metric: alert.metric,
    cursor: { kind: "paused", atMs: openedAtMs },
  } as const;
  return (
    <a
      class={isHere ? "button" : "alert-host-link"}
      href={`/${searchOf({ ...model.chosen.value, ...there }, model.serverNowMs.peek())}`}
      onClick={onPlainClick(() => actions.go(there))}
    >
      {isHere && <Icon name="forth" />}Its host then
      <span class="visually-hidden">{`: ${hostId}`}</span>
    </a>
  );
}
