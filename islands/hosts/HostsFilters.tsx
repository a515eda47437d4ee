/** @jsxImportSource preact */
/** Which hosts the grid shows, in which order, and what it is compared with. */
import { signal } from "@preact/signals";
import type { Beside, GhostName } from "../../src/browser/address.ts";
import { ghostChoices } from "../../src/browser/chart_words.ts";
import type { GridSort } from "../../src/browser/grid_cells.ts";
import type { HostGrid } from "../../src/browser/recorded_api.ts";
import type { Metric } from "../../src/model/reading.ts";
import type { IslandProps } from "../island.ts";
import { Tabs } from "../Tabs.tsx";

/** Kept while another view is looked at. */
export const search = signal("");
export const sort = signal<GridSort>("name");

/** What is shown is of this metric, until the chosen one has come. */
export type Grid = HostGrid & { readonly metric: Metric };

const SORTS: readonly { readonly name: GridSort; readonly label: string }[] = [
  { name: "name", label: "By name" },
  { name: "value", label: "Highest first" },
  { name: "age", label: "Oldest first" },
];
export function HostsFilters(
  { grid, model, actions }: IslandProps & { readonly grid: Grid | null },
) {
  const { region } = model.chosen.value;
  const names = new Set(grid?.regions.map((each) => each.region) ?? []);
  if (region !== null) names.add(region);
  return (
    <div class="hosts-filters">
      <label class="field">
        <span class="field-label">Find</span>
        <input
          type="search"
          name="host-search"
          placeholder="part of a name  ( / )"
          autocomplete="off"
          spellcheck={false}
          value={search.value}
          onInput={(event) => search.value = event.currentTarget.value}
        />
      </label>
      <label class="field">
        <span class="field-label">Region</span>
        <select
          name="region"
          value={region ?? ""}
          onChange={(event) => actions.go({ region: event.currentTarget.value || null })}
        >
          <option value="">All</option>
          {[...names].sort().map((name) => <option key={name} value={name}>{name}</option>)}
        </select>
      </label>
      <span class="field">
        <span class="field-label">Order</span>
        <Tabs
          label="Order within a region"
          chosen={sort.value}
          tabs={SORTS}
          onChoose={(name) => sort.value = name as GridSort}
        />
      </span>
      <label class="field">
        <span class="field-label">Beside it</span>
        <BesideChoice model={model} actions={actions} />
      </label>
    </div>
  );
}

const KEPT = "kept";

/** A second moment, side by side with the page's own. */
function BesideChoice({ model, actions }: IslandProps) {
  const { beside } = model.chosen.value;
  const choices = ghostChoices(model.isLive.value);
  const choose = (value: string): Beside | null => {
    if (value === KEPT) return typeof beside === "number" ? beside : Math.floor(model.nowMs.peek());
    return value === "" ? null : value as GhostName;
  };
  const kept = typeof beside === "number" ? model.time.value.moment(beside) : "this moment";
  return (
    <select
      name="beside"
      title="Compare with another moment, side by side"
      value={typeof beside === "number" ? KEPT : beside ?? ""}
      onChange={(event) => actions.go({ beside: choose(event.currentTarget.value) })}
    >
      <option value="">Nothing</option>
      {choices.map(({ name, label }) => <option key={name} value={name}>{label}</option>)}
      <option value={KEPT}>Keep {kept}</option>
    </select>
  );
}
