import { expect, test } from "bun:test";
import { numberCell, textCell } from "../../src/generator/cells.ts";
import { createFleet } from "../../src/generator/fleet.ts";
import type { ColumnKind } from "../../src/generator/profiles.ts";

const ROW = {
  host: createFleet({ seed: 1, hosts: 1 })[0]!.members[0]!,
  atMs: Date.UTC(2025, 10, 21, 2, 42, 56),
  localMs: Date.UTC(2025, 10, 21, 8, 12, 56),
  measured: { tempC: 66.6, cpuLoad: 40.4, voltage: 11.904, powerWatts: 812.5 },
};

test("a column's cell has its unit and its number of digits", () => {
  const cells: Record<ColumnKind, string> = {
    host_id: "IND-SRV-1",
    local_time: "2025-11-21 08:12:56",
    utc_time: "2025-11-21T02:42:56Z",
    epoch_seconds: "1763692976",
    celsius: "67",
    // 66.6 °C are 151.88 °F and 339.75 K.
    fahrenheit: "152",
    kelvin: "340",
    percent: "40",
    fraction: "0.40",
    volts: "11.90",
    watts: "813",
  };
  for (const kind of Object.keys(cells) as ColumnKind[]) {
    expect([kind, textCell(kind)(ROW)]).toEqual([kind, cells[kind]]);
    const number = numberCell(kind);
    if (number !== null) expect(number(ROW)).toBe(Number(cells[kind]));
  }
});

test("the ranges' ends are the same in every temperature unit, and 99 °C stays below itself", () => {
  const at = (kind: ColumnKind, tempC: number) =>
    numberCell(kind)!({ ...ROW, measured: { ...ROW.measured, tempC } });
  expect(["celsius", "fahrenheit", "kelvin"].map((kind) => at(kind as ColumnKind, 35)))
    .toEqual([35, 95, 308]);
  expect(["celsius", "fahrenheit", "kelvin"].map((kind) => at(kind as ColumnKind, 99)))
    .toEqual([99, 210, 372]);
});
