/** A chart as a picture that can stand alone: title, what it is of, its legend, the theme's ground. */
import type { CanvasColours } from "./canvas_colours.ts";

export interface PictureEntry {
  readonly label: string;
  readonly colour: string;
  readonly dash: readonly number[];
}

export interface PictureInput {
  readonly title: string;
  readonly subtitle: string;
  readonly legend: readonly PictureEntry[];
  readonly colours: CanvasColours;
}

const PAD = 16;
const HEAD = 52;
const LEGEND_ROW = 20;
const MARK = 18;

/** @throws {Error} where this browser makes no picture of it */
export async function pictureOf(chart: HTMLCanvasElement, input: PictureInput): Promise<Blob> {
  // A canvas that is not on the page has no size there.
  const scale = chart.clientWidth === 0
    ? Math.max(1, devicePixelRatio)
    : chart.width / chart.clientWidth;
  const chartWidth = chart.width / scale, chartHeight = chart.height / scale;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("Cannot make a picture: there is no canvas");
  const width = chartWidth + 2 * PAD;
  const family = input.colours.font.replace(/^[\d.]+px\s*/, "");
  context.font = `13px ${family}`;
  const rows = legendRows(context, input.legend, chartWidth);
  const height = HEAD + chartHeight + rows.length * LEGEND_ROW + PAD;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.fillStyle = input.colours.panel;
  context.fillRect(0, 0, width, height);
  context.textBaseline = "alphabetic";
  context.fillStyle = input.colours.text;
  context.font = `600 16px ${family}`;
  context.fillText(input.title, PAD, 24, width - 2 * PAD);
  context.fillStyle = input.colours.quiet;
  context.font = `13px ${family}`;
  context.fillText(input.subtitle, PAD, 42, width - 2 * PAD);
  context.drawImage(chart, PAD, HEAD, chartWidth, chartHeight);
  rows.forEach((row, index) => {
    const y = HEAD + chartHeight + (index + 0.7) * LEGEND_ROW;
    for (const { entry, x } of row) drawEntry(context, entry, PAD + x, y, input.colours.text);
  });
  return await new Promise((resolve, reject) =>
    canvas.toBlob((blob) => {
      if (blob === null) reject(new Error("Cannot make a picture: the canvas gives none"));
      else resolve(blob);
    }, "image/png")
  );
}

type Row = { readonly entry: PictureEntry; readonly x: number }[];

/** `context` has the legend's font. */
function legendRows(
  context: CanvasRenderingContext2D,
  legend: readonly PictureEntry[],
  width: number,
): Row[] {
  const rows: Row[] = [];
  let x = Infinity;
  for (const entry of legend) {
    const wide = MARK + 6 + context.measureText(entry.label).width + 18;
    if (x + wide > width) {
      rows.push([]);
      x = 0;
    }
    rows.at(-1)?.push({ entry, x });
    x += wide;
  }
  return rows;
}

function drawEntry(
  context: CanvasRenderingContext2D,
  { label, colour, dash }: PictureEntry,
  x: number,
  y: number,
  text: string,
): void {
  context.strokeStyle = colour;
  context.lineWidth = 3;
  context.setLineDash([...dash]);
  context.beginPath();
  context.moveTo(x, y - 4);
  context.lineTo(x + MARK, y - 4);
  context.stroke();
  context.setLineDash([]);
  context.fillStyle = text;
  context.fillText(label, x + MARK + 6, y);
}
