/** Draws the whole grid. Ten thousand cells take a few milliseconds, and only when they changed. */
import { formatMetric, formatNumber, shownValue } from "../../src/browser/format.ts";
import type { ColourScale } from "../../src/browser/colour_scale.ts";
import type { GridCell } from "../../src/browser/grid_cells.ts";
import {
  cellRect,
  type GridLayout,
  type GroupPlace,
  type Rect,
} from "../../src/browser/grid_layout.ts";
import type { RegionLook } from "../../src/browser/regions.ts";
import type { Metric } from "../../src/model/reading.ts";
import type { Paint } from "./use_paint.ts";

export interface GridPicture {
  readonly layout: GridLayout;
  readonly cells: readonly GridCell[];
  readonly metric: Metric;
  readonly scale: ColourScale;
  readonly looks: ReadonlyMap<string, RegionLook>;
  readonly paint: Paint;
}

/** The canvas gets the layout's size. */
export function drawGrid(canvas: HTMLCanvasElement, picture: GridPicture): void {
  const { layout } = picture;
  const context = canvas.getContext("2d");
  if (context === null) return;
  const ratio = devicePixelRatio;
  canvas.width = Math.round(layout.width * ratio);
  canvas.height = Math.round(layout.height * ratio);
  canvas.style.setProperty("width", `${layout.width}px`);
  canvas.style.setProperty("height", `${layout.height}px`);
  context.scale(ratio, ratio);
  for (const group of layout.groups) drawHead(context, group, picture);
  for (let index = 0; index < layout.count; index++) {
    const cell = picture.cells[index], rect = cellRect(layout, index);
    if (cell !== undefined && rect !== null) drawCell(context, cell, rect, picture);
  }
}

type Context = CanvasRenderingContext2D;

function drawHead(context: Context, group: GroupPlace, { looks, paint, layout }: GridPicture) {
  const { region, top, count } = group;
  const look = looks.get(region);
  const middle = top + 11;
  context.strokeStyle = paint.regions[look?.slot ?? 1] ?? paint.text;
  context.lineWidth = 4;
  context.setLineDash([...look?.dash ?? []]);
  context.beginPath();
  context.moveTo(0, middle);
  context.lineTo(14, middle);
  context.stroke();
  context.setLineDash([]);
  context.textBaseline = "middle";
  context.font = `600 13px ${paint.font}`;
  context.fillStyle = paint.text;
  const name = cut(context, region, layout.width - 110);
  context.fillText(name, 21, middle);
  const width = context.measureText(name).width;
  context.font = `400 13px ${paint.font}`;
  context.fillStyle = paint.quiet;
  context.fillText(`${formatNumber(count)} ${count === 1 ? "host" : "hosts"}`, 29 + width, middle);
}

function drawCell(context: Context, cell: GridCell, rect: Rect, picture: GridPicture): void {
  const { scale, paint, layout } = picture;
  const { x, y, width, height } = rect;
  const isKnown = cell.state !== "stale" && cell.value !== null;
  context.fillStyle = isKnown ? scale.colour(cell.value ?? 0) : paint.sunk;
  context.fillRect(x, y, width, height);
  const ink = isKnown ? scale.ink(cell.value ?? 0) : paint.quiet;
  if (layout.cell.detail !== "none") drawText(context, cell, rect, { ...picture, ink });
  drawMark(context, cell, rect, ink);
}

/** States by shape: a corner, a corner and a frame, a stroke across; a hollow for no value. */
function drawMark(context: Context, cell: GridCell, rect: Rect, ink: string): void {
  const { x, y, width, height } = rect;
  context.strokeStyle = context.fillStyle = ink;
  context.lineWidth = height > 12 ? 2 : 1.2;
  // Where there is room the frame stands inside, so that it is seen on any ground.
  const inset = context.lineWidth / 2 + (height > 12 ? 1.5 : 0);
  if (cell.state === "stale") {
    const size = Math.min(width, height, 14);
    context.lineWidth = 1.2;
    context.beginPath();
    context.moveTo(x + width - size + 1, y + size - 1);
    context.lineTo(x + width - 1, y + 1);
    context.stroke();
  } else if (cell.state !== "ok") {
    const size = Math.max(4, Math.min(12, height / 2.2));
    context.beginPath();
    context.moveTo(x + width - size, y);
    context.lineTo(x + width, y);
    context.lineTo(x + width, y + size);
    context.fill();
    if (cell.state === "critical") {
      context.strokeRect(x + inset, y + inset, width - 2 * inset, height - 2 * inset);
    }
  } else if (cell.value === null) {
    context.lineWidth = 1;
    context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
  }
}

function drawText(
  context: Context,
  { host, value }: GridCell,
  { x, y, width, height }: Rect,
  { layout, metric, paint, ink }: GridPicture & { readonly ink: string },
): void {
  context.fillStyle = ink;
  context.textBaseline = "middle";
  const isNamed = layout.cell.detail === "name";
  context.font = `600 ${isNamed ? 14 : 12}px ${paint.font}`;
  const isValue = isNamed || value === null;
  const shown = isValue ? formatMetric(metric, value) : formatNumber(shownValue(metric, value));
  context.fillText(shown, x + 7, isNamed ? y + 29 : y + height / 2 + 1);
  if (!isNamed) return;
  context.font = `400 11.5px ${paint.font}`;
  context.fillText(cut(context, host, width - 20), x + 7, y + 12);
}

/** As much of a text as fits. */
function cut(context: Context, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let length = Math.max(1, Math.floor(text.length * width / context.measureText(text).width));
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length--;
  return `${text.slice(0, length)}…`;
}
