/** How much each region has sent, as CSV, NDJSON or PNG: as it stands at the cursor. */
import { momentFileName, volumeRows } from "../../src/browser/chart_export.ts";
import { formatNumber, formatRate } from "../../src/browser/format.ts";
import type { RegionLook } from "../../src/browser/regions.ts";
import type { TimeFormat } from "../../src/browser/times.ts";
import type { RegionNow } from "../../src/model/live_event.ts";
import { type CanvasColours, readColours } from "./canvas_colours.ts";
import type { ExportFormat } from "./ExportMenu.tsx";
import { pictureOf } from "./picture.ts";
import { exportAs } from "./save_file.ts";

export interface VolumeExport {
  readonly regions: readonly RegionNow[];
  readonly atMs: number;
  readonly looks: ReadonlyMap<string, RegionLook>;
  readonly time: TimeFormat;
  /** Stands in the panel. */
  readonly near: HTMLElement;
}

export async function exportVolume(format: ExportFormat, what: VolumeExport): Promise<void> {
  const { regions, atMs } = what;
  const name = momentFileName("volume", atMs, format);
  const rows = () => volumeRows(regions, atMs);
  return await exportAs(format, name, { rows, picture: () => picture(what) });
}

const WIDTH = 720;
const ROW = 44;
const BAR = 14;

async function picture({ regions, atMs, looks, time, near }: VolumeExport): Promise<Blob> {
  const colours = readColours(near.closest<HTMLElement>(".panel") ?? document.body);
  const colourOf = (region: string) => colours.regions[looks.get(region)?.slot ?? 1] ?? "";
  return await pictureOf(bars(regions, colourOf, colours), {
    title: "Data volume by region",
    subtitle: `Readings up to ${time.moment(atMs)} ${time.zoneLabel}`,
    legend: [],
    colours,
  });
}

/** The page draws them as SVG in a table; here they are drawn once more. */
function bars(
  regions: readonly RegionNow[],
  colourOf: (region: string) => string,
  { text, font, grid }: CanvasColours,
): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("Cannot make a picture: there is no canvas");
  const scale = Math.max(1, devicePixelRatio);
  canvas.width = WIDTH * scale;
  canvas.height = Math.max(1, regions.length) * ROW * scale;
  context.scale(scale, scale);
  context.font = font;
  context.textBaseline = "top";
  const most = Math.max(1, ...regions.map(({ rows }) => rows));
  regions.forEach(({ region, rows, rate }, index) => {
    const y = index * ROW;
    context.fillStyle = text;
    context.fillText(`${region}: ${formatNumber(rows)} readings, ${formatRate(rate)}`, 0, y + 2);
    context.fillStyle = grid;
    context.fillRect(0, y + 22, WIDTH, BAR);
    context.fillStyle = colourOf(region);
    context.fillRect(0, y + 22, WIDTH * rows / most, BAR);
  });
  return canvas;
}
