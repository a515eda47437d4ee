/** @jsxImportSource preact */
/**
 * Every alert there was by the cursor's time: filtered, sorted, page by page. One of them takes the
 * cursor to its opening. By keys: up and down, Enter goes there, `a` acknowledges.
 */
import { useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import {
  type AlertFilter,
  type AlertPage,
  type AlertSort,
  askAlertPage,
  EVERY_ALERT,
  inOrder,
  joined,
} from "../../src/browser/alert_pages.ts";
import { pageAsk, reasonOf } from "../../src/browser/ask.ts";
import { formatNumber } from "../../src/browser/format.ts";
import { Icon } from "../Icon.tsx";
import type { IslandProps } from "../island.ts";
import { useAnswer } from "../use_answer.ts";
import { AlertFilters } from "./AlertFilters.tsx";
import { AlertRow, type Seen } from "./AlertRow.tsx";
import { moveAmongRows } from "./row_keys.ts";

const LIVE_EVERY_MS = 2_000;
const REPLAY_EVERY_MS = 1_000;

export function AlertsView({ model, actions }: IslandProps) {
  const own = useSignal<AlertFilter>(EVERY_ALERT);
  const sort = useSignal<AlertSort>("open");
  /** What was acknowledged here, until the server's list says so; in the past it never does. */
  const seen = useSignal<ReadonlyMap<string, Seen>>(new Map());
  const writing = useSignal<string | null>(null);
  const filter = useComputed(() => ({ ...own.value, region: model.chosen.value.region }));
  const answer = useAnswer(
    model,
    () => JSON.stringify(filter.value),
    (atMs) => askAlertPage(pageAsk, filter.peek(), atMs, null),
    { liveEveryMs: LIVE_EVERY_MS, replayEveryMs: REPLAY_EVERY_MS },
  );
  const older = useOlder(JSON.stringify(filter.value) + placeOf(model), answer.value.value);
  const { state, message, value } = answer.value;
  const alerts = inOrder(joined(value?.alerts ?? [], older.alerts), sort.value, model.nowMs.peek());
  return (
    <section class="panel alerts-view" aria-labelledby="alerts-view-title">
      <header class="panel-head">
        <h2 class="panel-title" id="alerts-view-title">Alerts</h2>
        <span class="quiet panel-aside" role="status">
          {value === null ? "" : countText(alerts.length, older.hasMore)}
        </span>
      </header>
      <AlertFilters model={model} actions={actions} filter={own} sort={sort} alerts={alerts} />
      {state === "failed" && (
        <p class="note" data-state="failed" role="alert">
          {message}
          {value !== null && " What is shown is older."}
        </p>
      )}
      {value === null && state !== "failed" && <p class="empty" role="status">Loading …</p>}
      {value !== null && alerts.length === 0 && (
        <p class="empty">
          <Icon name="ok" /> No alert that fits.
        </p>
      )}
      <ol
        class="alert-rows"
        aria-label="Alerts"
        onKeyDown={(event) => moveAmongRows(event, (id) => writing.value = id)}
      >
        {alerts.map((alert) => (
          <AlertRow
            key={alert.id}
            alert={alert}
            model={model}
            actions={actions}
            seen={seen}
            writing={writing}
          />
        ))}
      </ol>
      {older.hasMore && alerts.length > 0 && (
        <p>
          <button
            type="button"
            class="button"
            disabled={older.isLoading}
            onClick={() => void older.load(filter.peek(), atOf(model), value)}
          >
            Show older ones
          </button>
          {older.failed !== null && <span role="alert">{older.failed}</span>}
        </p>
      )}
      <p class="note alerts-keys">
        <kbd>↑</kbd> <kbd>↓</kbd> move, <kbd>Enter</kbd> goes to the alert's opening, <kbd>a</kbd>
        {" "}
        acknowledges.
      </p>
    </section>
  );
}

/** Null: now, as `useAnswer` asks. */
function atOf(model: IslandProps["model"]): number | null {
  return model.isLive.peek() ? null : Math.floor(model.nowMs.peek());
}

/** What makes the older pages another list: any place but the live head, which only adds to it. */
function placeOf(model: IslandProps["model"]): string {
  return JSON.stringify(model.chosen.value.cursor);
}

function countText(shown: number, hasMore: boolean): string {
  return hasMore ? `the first ${formatNumber(shown)}` : formatNumber(shown);
}

/** Pages after the first; forgotten when something else is asked for. */
function useOlder(wish: string, first: AlertPage | null) {
  const pages = useSignal<AlertPage | null>(null);
  const isLoading = useSignal(false);
  const failed = useSignal<string | null>(null);
  const asked = useSignal(wish);
  asked.value = wish;
  useEffect(() => {
    pages.value = null;
    failed.value = null;
  }, [wish]);
  const load = async (filter: AlertFilter, atMs: number | null, newest: AlertPage | null) => {
    const had = joined(newest?.alerts ?? [], pages.peek()?.alerts ?? []);
    const last = pages.peek()?.alerts.at(-1) ?? newest?.alerts.at(-1);
    if (last === undefined || isLoading.peek()) return;
    isLoading.value = true;
    failed.value = null;
    try {
      const next = await askAlertPage(pageAsk, filter, atMs, last);
      if (asked.peek() === wish) {
        pages.value = { alerts: joined(had, next.alerts), hasMore: next.hasMore };
      }
    } catch (error) {
      failed.value = reasonOf(error);
    } finally {
      isLoading.value = false;
    }
  };
  return {
    alerts: pages.value?.alerts ?? [],
    hasMore: (pages.value ?? first)?.hasMore ?? false,
    isLoading: isLoading.value,
    failed: failed.value,
    load,
  };
}
