/** Which component stands behind each `data-island` of the page. */
import type { ComponentType } from "preact";
import { AlertList } from "./AlertList.tsx";
import { Banner } from "./Banner.tsx";
import { ConnectionBadge } from "./ConnectionBadge.tsx";
import { Controls } from "./Controls.tsx";
import { CpuChart } from "./CpuChart.tsx";
import { Dialogs } from "./feel/Dialogs.tsx";
import { FirstRun } from "./FirstRun.tsx";
import type { IslandProps } from "./island.ts";
import { KeyFigures } from "./KeyFigures.tsx";
import { LayersPanel } from "./LayersPanel.tsx";
import { LiveFeed } from "./LiveFeed.tsx";
import { TemperatureHistogram } from "./TemperatureHistogram.tsx";
import { TimeBar } from "./TimeBar.tsx";
import { ViewHost } from "./ViewHost.tsx";
import { ViewTabs } from "./ViewTabs.tsx";
import { VolumeByRegion } from "./VolumeByRegion.tsx";

export const ISLANDS = {
  AlertList,
  Banner,
  ConnectionBadge,
  Controls,
  CpuChart,
  Dialogs,
  FirstRun,
  KeyFigures,
  LayersPanel,
  LiveFeed,
  TemperatureHistogram,
  TimeBar,
  ViewHost,
  ViewTabs,
  VolumeByRegion,
} as const satisfies Readonly<Record<string, ComponentType<IslandProps>>>;

export type IslandName = keyof typeof ISLANDS;
