/** The heatmap as CSV, NDJSON or PNG. */
import { fileName, heatmapRows } from "../../src/browser/chart_export.ts";
import { stepText } from "../../src/browser/chart_words.ts";
import type { TimeFormat } from "../../src/browser/times.ts";
import { readColours } from "../plot/canvas_colours.ts";
import type { ExportFormat } from "../plot/ExportMenu.tsx";
import { pictureOf } from "../plot/picture.ts";
import { exportAs } from "../plot/save_file.ts";
import type { HeatmapAnswer } from "./Heatmap.tsx";

export interface HeatmapExport extends HeatmapAnswer {
  readonly time: TimeFormat;
  /** `last 5 min` */
  readonly when: string;
  /** Stands in the heatmap's panel. */
  readonly near: HTMLElement;
}

export async function exportHeatmap(format: ExportFormat, what: HeatmapExport): Promise<void> {
  const { heatmap, window, region } = what;
  const name = fileName("temp_c-heatmap", window, format);
  const rows = () => heatmapRows(heatmap, region);
  return await exportAs(format, name, { rows, picture: () => picture(what) });
}

async function picture(what: HeatmapExport): Promise<Blob> {
  const { heatmap, window, region, time, when, near } = what;
  const panel = near.closest<HTMLElement>(".panel");
  const canvas = panel?.querySelector("canvas");
  if (panel === null || canvas === null || canvas === undefined) {
    throw new Error("Cannot make a picture: the heatmap is not drawn yet");
  }
  const span = `${time.moment(window.fromMs)} – ${time.moment(window.toMs)} ${time.zoneLabel}`;
  return await pictureOf(canvas, {
    title: `Temperature over time, ${region ?? "all regions"}`,
    subtitle: `${span} (${when}), readings per ${stepText(heatmap.stepMs)}, log scale`,
    legend: [],
    colours: readColours(panel),
  });
}
