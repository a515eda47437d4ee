/** @jsxImportSource preact */
/** Is this live, and when is what is shown? Always in sight, in words. */
import type { ConnectionView } from "../src/browser/board_views.ts";
import { badgeOf } from "../src/browser/cursor_view.ts";
import { Icon, type IconName } from "./Icon.tsx";
import type { IslandProps } from "./island.ts";

const ICONS: Readonly<Record<string, IconName>> = {
  Live: "live",
  Stalled: "warning",
  Paused: "pause",
  Disconnected: "lost",
};

export function ConnectionBadge({ model, actions }: IslandProps) {
  const { cursor } = model.chosen.value;
  const time = model.time.value;
  const nowMs = model.nowMs.value;
  const serverNowMs = model.serverNowMs.value;
  const view = badgeOf(cursor, nowMs, serverNowMs, model.connection.value);
  return (
    <div class="connection" data-tone={view.tone}>
      <span class="connection-state">
        <Icon name={cursor.kind === "replay" ? "play" : ICONS[view.label] ?? "waiting"} />
        <strong>{view.label}</strong>
        <span class="connection-detail">{view.detail}</span>
        {view.label === "Disconnected" && (
          <button
            type="button"
            class="link-button"
            onClick={() => actions.retryNow()}
          >
            Retry now
          </button>
        )}
      </span>
      <span class="connection-clock">
        <time dateTime={new Date(nowMs).toISOString()}>{time.near(nowMs, serverNowMs)}</time>{" "}
        <span class="zone">{time.zoneLabel}</span>
      </span>
      <StateForReaders view={view} />
    </div>
  );
}

/** Only the state, not the age that moves four times a second. */
function StateForReaders({ view }: { readonly view: ConnectionView }) {
  return <span class="visually-hidden" role="status">Connection: {view.label}</span>;
}
