/** @jsxImportSource preact */
/** Declared sources that are not heard, as the list of alerts shows them. */
import { formatNumber, formatSpan } from "../src/browser/format.ts";
import { Icon } from "./Icon.tsx";
import type { IslandProps } from "./island.ts";
import { onPlainClick } from "./plain_click.ts";

export function SilentSources({ model, actions }: IslandProps) {
  const { silent, silent_names, silent_since } = model.status.value.sources;
  const nowMs = model.serverNowMs.value;
  const more = silent - silent_names.length;
  return (
    <>
      {silent_names.map((name, index) => {
        const since = silent_since[index] ?? null;
        return (
          <li key={index} class="alert-item silent-source" data-state="warning">
            <div class="alert-line">
              <span class="severity" data-state="warning">
                <Icon name="stale" />
                Silent
              </span>
              <span class="host">{name}</span>
              <span class="quiet">source</span>
            </div>
            <div class="alert-line">
              <span>
                {since === null
                  ? "Never heard"
                  : `Not heard for ${formatSpan(nowMs - Date.parse(since))}`}
              </span>
              <a
                class="link-button needs-script"
                href="/?view=quality"
                onClick={onPlainClick(() => actions.go({ view: "quality" }))}
              >
                Its data<span class="visually-hidden">{` of ${name}`}</span>
              </a>
            </div>
          </li>
        );
      })}
      {more > 0 && <li class="quiet">{formatNumber(more)} more sources are silent.</li>}
    </>
  );
}
