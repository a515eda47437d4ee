/** A line chart as CSV, NDJSON or PNG. */
import { valuesAt } from "../../src/browser/chart_cursor.ts";
import { chartRows, fileName, type Ghost } from "../../src/browser/chart_export.ts";
import { stepText } from "../../src/browser/chart_words.ts";
import { formatMetric } from "../../src/browser/format.ts";
import { createLinePlot, type PlotInput } from "../line_plot.ts";
import { viewsStyle } from "../views_style.ts";
import { alpha, readColours } from "./canvas_colours.ts";
import type { ExportFormat } from "./ExportMenu.tsx";
import { pictureOf } from "./picture.ts";
import { exportAs } from "./save_file.ts";

export interface ChartExport {
  readonly input: PlotInput;
  readonly title: string;
  /** `last 5 min` */
  readonly when: string;
  /** Stands in the chart's panel. */
  readonly near: HTMLElement;
  readonly ghost?: { readonly label: string; readonly earlierMs: number } | null;
}

export async function exportChart(format: ExportFormat, what: ChartExport): Promise<void> {
  const { input, ghost = null } = what;
  const { view, metric } = input;
  const earlier: Ghost | null = ghost === null
    ? null
    : { columns: input.ghost, earlierMs: ghost.earlierMs };
  const name = fileName(metric, view, format);
  const rows = () => chartRows(view, metric, earlier);
  return await exportAs(format, name, { rows, picture: () => picture(what) });
}

async function picture({ input, title, when, near, ghost = null }: ChartExport): Promise<Blob> {
  const panel = near.closest<HTMLElement>(".panel");
  const body = panel?.querySelector<HTMLElement>(".chart-body");
  if (panel === null || body === null || body === undefined) {
    throw new Error("Cannot make a picture: there is no chart beside what asks for it");
  }
  const { view, metric, looks, time } = input;
  const colours = readColours(panel);
  const colourOf = (region: string) => colours.regions[looks.get(region)?.slot ?? 1] ?? "";
  const legend = valuesAt(view, null).map(({ region, cell }) => ({
    label: `${region} ${formatMetric(metric, cell?.mean ?? null)}`,
    colour: colourOf(region),
    dash: looks.get(region)?.dash ?? [],
  }));
  const ghosts = ghost === null ? [] : input.ghost.map(({ region }) => ({
    label: `${region}, ${ghost.label}`,
    colour: alpha(colourOf(region), 0.6),
    dash: [4, 4],
  }));
  const span = `${time.moment(view.fromMs)} – ${time.moment(view.toMs)} ${time.zoneLabel}`;
  const words = {
    title,
    subtitle: `${span} (${when}), mean per ${stepText(view.stepMs)}`,
    legend: [...legend, ...ghosts],
    colours,
  };
  const canvas = body.querySelector("canvas");
  if (canvas !== null) return await pictureOf(canvas, words);
  return await drawnUnseen(body, input, (drawn) => pictureOf(drawn, words));
}

/** A chart that nobody has looked at closer is still a sketch: uPlot draws it for the file alone. */
async function drawnUnseen<T>(
  body: HTMLElement,
  input: PlotInput,
  use: (canvas: HTMLCanvasElement) => Promise<T>,
): Promise<T> {
  await viewsStyle();
  const host = document.createElement("div");
  host.className = "chart-plot unseen";
  body.append(host);
  const plot = createLinePlot(host);
  try {
    plot.draw(input);
    // uPlot draws in a microtask of its own.
    await new Promise<void>((resolve) => queueMicrotask(resolve));
    const canvas = host.querySelector("canvas");
    if (canvas === null) throw new Error("Cannot make a picture: uPlot has made no canvas");
    return await use(canvas);
  } finally {
    plot.destroy();
    host.remove();
  }
}
