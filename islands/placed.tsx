/** @jsxImportSource preact */
/** An island while its view is the one that is seen; what no one sees costs nothing. */
import type { ViewName } from "../src/browser/address.ts";
import type { IslandProps } from "./island.ts";
import { type IslandName, ISLANDS } from "./registry.ts";

/** Those that belong to one view; all others are always there. */
const VIEW_OF: Partial<Record<IslandName, ViewName>> = {
  FirstRun: "overview",
  KeyFigures: "overview",
  CpuChart: "overview",
  AlertList: "overview",
  LiveFeed: "overview",
  VolumeByRegion: "overview",
  TemperatureHistogram: "overview",
  LayersPanel: "overview",
};

export function Placed({ name, ...props }: IslandProps & { readonly name: IslandName }) {
  const view = VIEW_OF[name];
  if (view !== undefined && view !== props.model.view.value) return null;
  const Island = ISLANDS[name];
  return <Island {...props} />;
}
