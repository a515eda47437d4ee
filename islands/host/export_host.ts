/** All measures of a host as CSV, NDJSON or PNG, over the stretch that its charts show. */
import type { ChartView } from "../../src/browser/chart_columns.ts";
import { fileName, hostRows, inFileName } from "../../src/browser/chart_export.ts";
import { stepText } from "../../src/browser/chart_words.ts";
import { METRIC_VIEWS } from "../../src/browser/format.ts";
import type { TimeFormat } from "../../src/browser/times.ts";
import type { Metric } from "../../src/model/reading.ts";
import { type CanvasColours, readColours } from "../plot/canvas_colours.ts";
import type { ExportFormat } from "../plot/ExportMenu.tsx";
import { pictureOf } from "../plot/picture.ts";
import { exportAs } from "../plot/save_file.ts";

export interface HostExport {
  readonly host: string;
  readonly region: string;
  readonly view: ChartView;
  /** Drawn under each other in this order. */
  readonly measured: readonly Metric[];
  readonly time: TimeFormat;
  /** Stands in the charts' panel. */
  readonly near: HTMLElement;
}

export async function exportHost(format: ExportFormat, what: HostExport): Promise<void> {
  const { view, host } = what;
  const name = fileName(`host-${inFileName(host)}`, view, format);
  const rows = () => hostRows(view, what);
  return await exportAs(format, name, { rows, picture: () => picture(what) });
}

const LABEL = 24;

async function picture(what: HostExport): Promise<Blob> {
  const { host, region, view, measured, time, near } = what;
  const panel = near.closest<HTMLElement>(".panel");
  if (panel === null) throw new Error("Cannot make a picture: the menu stands in no panel");
  const charts = measured.map((metric) => ({ metric, canvas: canvasOf(panel, metric) }));
  const colours = readColours(panel);
  const span = `${time.moment(view.fromMs)} – ${time.moment(view.toMs)} ${time.zoneLabel}`;
  return await pictureOf(stacked(charts, colours), {
    title: `${host}, ${region}`,
    subtitle: `${span}, mean, lowest and highest per ${stepText(view.stepMs)}`,
    legend: [],
    colours,
  });
}

interface DrawnChart {
  readonly metric: Metric;
  readonly canvas: HTMLCanvasElement;
}

function canvasOf(panel: HTMLElement, metric: Metric): HTMLCanvasElement {
  const canvas = panel.querySelector<HTMLCanvasElement>(`[data-metric="${metric}"] canvas`);
  if (canvas === null) throw new Error(`Cannot make a picture: ${metric} is not drawn yet`);
  return canvas;
}

/** The charts under each other, each below its name. */
function stacked(charts: readonly DrawnChart[], { text, font }: CanvasColours): HTMLCanvasElement {
  const stack = document.createElement("canvas");
  const context = stack.getContext("2d");
  if (context === null) throw new Error("Cannot make a picture: there is no canvas");
  const scale = Math.max(1, devicePixelRatio);
  const label = LABEL * scale;
  stack.width = Math.max(1, ...charts.map(({ canvas }) => canvas.width));
  stack.height = Math.max(1, charts.reduce((sum, { canvas }) => sum + canvas.height + label, 0));
  let top = 0;
  for (const { metric, canvas } of charts) {
    const { label: words, unit } = METRIC_VIEWS[metric];
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.fillStyle = text;
    context.font = `600 ${font}`;
    context.textBaseline = "middle";
    context.fillText(`${words}, ${unit}`, 0, (top + label / 2) / scale);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(canvas, 0, top + label);
    top += canvas.height + label;
  }
  return stack;
}
