/** The grid of hosts as CSV, NDJSON or PNG: the hosts that are shown, in the order they are shown. */
import { gridRows, momentFileName } from "../../src/browser/chart_export.ts";
import { formatMetric, METRIC_VIEWS, plural } from "../../src/browser/format.ts";
import type { GridGroup } from "../../src/browser/grid_cells.ts";
import type { ColourScale } from "../../src/browser/colour_scale.ts";
import type { TimeFormat } from "../../src/browser/times.ts";
import type { Metric } from "../../src/model/reading.ts";
import { readColours } from "../plot/canvas_colours.ts";
import type { ExportFormat } from "../plot/ExportMenu.tsx";
import { pictureOf } from "../plot/picture.ts";
import { exportAs } from "../plot/save_file.ts";

export interface GridExport {
  readonly groups: readonly GridGroup[];
  readonly metric: Metric;
  readonly scale: ColourScale;
  readonly atMs: number;
  readonly time: TimeFormat;
  /** Stands in the grid's panel. */
  readonly near: HTMLElement;
}

export async function exportGrid(format: ExportFormat, what: GridExport): Promise<void> {
  const { groups, metric, atMs } = what;
  const name = momentFileName(`hosts-${metric}`, atMs, format);
  const rows = () => gridRows(groups, metric, atMs);
  return await exportAs(format, name, { rows, picture: () => picture(what) });
}

async function picture({ groups, metric, scale, atMs, time, near }: GridExport): Promise<Blob> {
  const panel = near.closest<HTMLElement>(".panel");
  const canvas = panel?.querySelector("canvas");
  if (panel === null || canvas === null || canvas === undefined) {
    throw new Error("Cannot make a picture: the grid is not drawn yet");
  }
  const hosts = groups.reduce((sum, { cells }) => sum + cells.length, 0);
  const stops = [0, 0.25, 0.5, 0.75, 1].map((part) => scale.low + part * (scale.high - scale.low));
  return await pictureOf(canvas, {
    title: `${METRIC_VIEWS[metric].label} of ${plural(hosts, "host")}`,
    subtitle: `At ${time.moment(atMs)} ${time.zoneLabel}`,
    legend: stops.map((value) => ({
      label: formatMetric(metric, value),
      colour: scale.colour(value),
      dash: [],
    })),
    colours: readColours(panel),
  });
}
