/** @jsxImportSource preact */
/** One region or all: side by side while they are few, else in a list. */
import type { IslandProps } from "../island.ts";
import { Tabs } from "../Tabs.tsx";

const TABS_MAX = 6;
const LABEL = "Region of the heatmap";
const ALL = { name: "", label: "All" };

export function RegionChoice({ model, actions }: IslandProps) {
  const chosen = model.chosen.value.region ?? "";
  const names = [...model.looks.value.keys()];
  const choices = [ALL, ...names.map((name) => ({ name, label: name }))];
  const choose = (name: string) => actions.go({ region: name === "" ? null : name });
  if (names.length <= TABS_MAX) {
    return <Tabs label={LABEL} chosen={chosen} tabs={choices} onChoose={choose} />;
  }
  return (
    <select
      class="ghost-choice"
      name="heatmap-region"
      aria-label={LABEL}
      value={chosen}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      {choices.map(({ name, label }) => <option key={name} value={name}>{label}</option>)}
    </select>
  );
}
