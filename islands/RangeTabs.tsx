/** @jsxImportSource preact */
/** How long a stretch is shown; links, so that each has an address. */
import { searchOf } from "../src/browser/address.ts";
import { RANGES } from "../src/browser/ranges.ts";
import type { IslandProps } from "./island.ts";
import { Tabs } from "./Tabs.tsx";

export function RangeTabs({ model, actions }: IslandProps) {
  return (
    <Tabs
      label="Span of time"
      chosen={model.range.value.name}
      tabs={RANGES.map((range) => ({
        name: range.name,
        label: range.label,
        href: `/${searchOf({ ...model.chosen.value, range }, model.nowMs.value)}`,
      }))}
      onChoose={actions.setRange}
    />
  );
}
