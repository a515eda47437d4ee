/** The distribution as CSV, NDJSON or PNG. */
import { fileName, histogramExport } from "../../src/browser/chart_export.ts";
import { degreesText } from "../../src/browser/degrees.ts";
import { formatMetric, formatNumber } from "../../src/browser/format.ts";
import { edgeLabels, type HistogramRow, histogramRows } from "../../src/browser/histogram_view.ts";
import type { Histogram } from "../../src/browser/page_state.ts";
import type { CountScale } from "../../src/browser/preferences.ts";
import type { RegionLook } from "../../src/browser/regions.ts";
import type { TimeFormat } from "../../src/browser/times.ts";
import { type CanvasColours, readColours } from "./canvas_colours.ts";
import type { ExportFormat } from "./ExportMenu.tsx";
import { pictureOf } from "./picture.ts";
import { exportAs } from "./save_file.ts";

export interface HistogramPicture {
  readonly histogram: Histogram;
  readonly scale: CountScale;
  /** `last 5 min` */
  readonly when: string;
  readonly looks: ReadonlyMap<string, RegionLook>;
  readonly time: TimeFormat;
  /** Stands in the histogram's panel. */
  readonly near: HTMLElement;
}

export async function exportHistogram(format: ExportFormat, what: HistogramPicture) {
  const { histogram } = what;
  const name = fileName("temp_c-histogram", histogram.window, format);
  const rows = () => histogramExport(histogram);
  return await exportAs(format, name, { rows, picture: () => picture(what) });
}

const WIDTH = 720;
const ROW = 120;
const AXIS = 22;

async function picture(what: HistogramPicture): Promise<Blob> {
  const { histogram, scale, when, looks, time, near } = what;
  const panel = near.closest<HTMLElement>(".panel") ?? document.body;
  const colours = readColours(panel);
  const rows = histogramRows(histogram, scale).filter((row) => row.total > 0);
  const canvas = drawn(histogram, rows, looks, colours);
  const legend = rows.map(({ region, total, median }) => ({
    label: `${region}: ${formatNumber(total)} readings, median ${formatMetric("temp_c", median)}`,
    colour: colourOf(region, looks, colours),
    dash: [],
  }));
  const { window } = histogram;
  const span = `${time.moment(window.fromMs)} – ${time.moment(window.toMs)} ${time.zoneLabel}`;
  return await pictureOf(canvas, {
    title: "Temperature distribution",
    subtitle: `${span} (${when}), ${scale} counts`,
    legend,
    colours,
  });
}

function colourOf(
  region: string,
  looks: ReadonlyMap<string, RegionLook>,
  { regions }: CanvasColours,
): string {
  return regions[looks.get(region)?.slot ?? 1] ?? "";
}

/** The page draws it as SVG; here it is drawn once more. */
function drawn(
  { edges }: Histogram,
  rows: readonly HistogramRow[],
  looks: ReadonlyMap<string, RegionLook>,
  colours: CanvasColours,
): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("Cannot make a picture: there is no canvas");
  const scale = Math.max(1, devicePixelRatio);
  canvas.width = WIDTH * scale;
  canvas.height = (rows.length * ROW + AXIS) * scale;
  context.scale(scale, scale);
  const bins = Math.max(1, edges.length - 1);
  const wide = WIDTH / bins;
  rows.forEach((row, index) => {
    const floor = (index + 1) * ROW;
    context.fillStyle = colourOf(row.region, looks, colours);
    row.heights.forEach((height, bin) => {
      const high = height === 0 ? 0 : Math.max(2, height * (ROW - 12));
      context.fillRect(bin * wide + 1, floor - high, wide - 2, high);
    });
    context.fillStyle = colours.line;
    context.fillRect(0, floor, WIDTH, 1);
  });
  context.fillStyle = colours.quiet;
  context.font = colours.font;
  context.textBaseline = "bottom";
  edgeLabels(edges).forEach((edge, bin) => {
    if (edge !== null) {
      context.fillText(`${degreesText(edge)}°`, bin * wide, rows.length * ROW + AXIS);
    }
  });
  return canvas;
}
