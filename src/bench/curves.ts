/**
 * How cost grows: rows, hosts, regions and clients, each from few to many, drawn into `--out` with
 * its numbers beside.
 */
import type { Curve } from "./chart_svg.ts";
import { writeCurve } from "./curve_files.ts";
import { byClients, byHosts, byRegions, byRows, INGEST, type Measured } from "./curve_runs.ts";
import type { Bench, BenchOptions } from "./options.ts";
import {
  atLeast,
  type BenchGoal,
  type BenchResult,
  describeMachine,
  verifyGoal,
} from "./result.ts";

const CURVES = { rows: byRows, hosts: byHosts, regions: byRegions, clients: byClients } as const;

export const CURVE_BENCHES: Readonly<Record<string, Bench<BenchResult>>> = {
  "curves": (options) => draw(Object.keys(CURVES) as (keyof typeof CURVES)[], options),
  ...Object.fromEntries(
    Object.keys(CURVES).map((name) => [
      `curve-${name}`,
      (options: BenchOptions) => draw([name as keyof typeof CURVES], options),
    ]),
  ),
};

async function draw(
  names: readonly (keyof typeof CURVES)[],
  options: BenchOptions,
): Promise<BenchResult> {
  const measured: Measured[] = [];
  for (const name of names) {
    const one = await CURVES[name](options);
    const day = new Date().toISOString().slice(0, 10);
    await writeCurve(options.out, { ...one.curve, machine: describeMachine(), day });
    measured.push(one);
  }
  const curves = measured.map(({ curve }) => curve);
  return {
    bench: names.length === 1 ? `curve-${names[0]}` : "curves",
    machine: describeMachine(),
    figures: Object.fromEntries(
      curves.flatMap(({ axis, panels }) =>
        panels.flatMap(({ label, unit, points }) =>
          points.map(([x, y]) => [`${axis} ${x.toLocaleString("en-US")}: ${label}, ${unit}`, y])
        )
      ),
    ),
    peers: {},
    goals: [
      ...curves.flatMap(ingestKept),
      verifyGoal(measured.reduce((sum, { differing }) => sum + differing, 0)),
    ],
    notes: [`drawn into ${options.out}`],
  };
}

/** Flat cost: with the most of it, at least two thirds of the rate with the least. */
function ingestKept({ name, panels }: Curve): BenchGoal[] {
  const points = panels.find(({ label }) => label === INGEST)?.points;
  if (points === undefined) return [];
  return [
    atLeast(`ingest at the end of ${name}, of its start`, points.at(-1)![1] / points[0]![1], 2 / 3),
  ];
}
