/** @jsxImportSource preact */
/** The page's views. Links, so that one opens in another tab as well. */
import { searchOf, toView, type ViewName } from "../src/browser/address.ts";
import type { IslandProps } from "./island.ts";
import { onPlainClick } from "./plain_click.ts";

const LABELS: readonly (readonly [ViewName, string])[] = [
  ["overview", "Overview"],
  ["hosts", "Hosts"],
  ["charts", "Charts"],
  ["alerts", "Alerts"],
  ["quality", "Data quality"],
];

export function ViewTabs({ model, actions }: IslandProps) {
  const state = model.chosen.value;
  const shown = state.view === "host" ? "hosts" : state.view;
  return (
    <nav class="view-tabs needs-script" aria-label="Views">
      {LABELS.map(([view, label]) => (
        <a
          key={view}
          class="view-tab"
          href={`/${searchOf({ ...state, ...toView(state, view) }, model.nowMs.value)}`}
          aria-current={view === shown ? "page" : undefined}
          onClick={onPlainClick(() => actions.go(toView(state, view)))}
        >
          {label}
        </a>
      ))}
    </nav>
  );
}
