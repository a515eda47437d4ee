/**
 * A curve on disk: `<name>.svg`, its numbers in `<name>.json`, and one `curves.md` with a table for
 * every curve that the directory holds. Formatted as the repository's formatter leaves it.
 */
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Curve, curveSvg } from "./chart_svg.ts";

export interface MeasuredCurve extends Curve {
  readonly machine: string;
  /** The day it was measured, ISO. */
  readonly day: string;
}

export async function writeCurve(directory: string, curve: MeasuredCurve): Promise<void> {
  await mkdir(directory, { recursive: true });
  await Bun.write(join(directory, `${curve.name}.svg`), curveSvg(curve));
  await Bun.write(join(directory, `${curve.name}.json`), JSON.stringify(curve, null, 2) + "\n");
  await Bun.write(join(directory, "curves.md"), curvesPage(await readCurves(directory)));
}

async function readCurves(directory: string): Promise<MeasuredCurve[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".json")).sort();
  return await Promise.all(
    names.map(async (name) => await Bun.file(join(directory, name)).json() as MeasuredCurve),
  );
}

export function curvesPage(curves: readonly MeasuredCurve[]): string {
  const sections = curves.map((curve) =>
    `## ${curve.title}\n\n![${curve.title}](${curve.name}.svg)\n\n${table(curve)}\n\n` +
    `${curve.machine}; ${curve.day}. Numbers: [${curve.name}.json](${curve.name}.json)\n`
  );
  return `# How cost grows\n\nWritten by \`bench curves\`.\n\n${sections.join("\n")}`;
}

function table({ axis, panels }: Curve): string {
  const xs = [...new Set(panels.flatMap(({ points }) => points.map(([x]) => x)))];
  const number = (value: number | undefined) => value?.toLocaleString("en-US") ?? "";
  const rows = [
    [axis, ...panels.map(({ label, unit }) => `${label}, ${unit}`)],
    ...xs.sort((a, b) => a - b).map((x) => [
      number(x),
      ...panels.map(({ points }) => number(points.find((point) => point[0] === x)?.[1])),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  const rule = widths.map((width) => "-".repeat(width));
  return [line(rows[0]!), line(rule), ...rows.slice(1).map(line)].join("\n");
}
