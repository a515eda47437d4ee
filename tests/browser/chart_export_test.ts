import { expect, test } from "bun:test";
import fc from "fast-check";
import { ChartColumns, ghostColumns } from "../../src/browser/chart_columns.ts";
import {
  chartRows,
  type ExportCell,
  fileName,
  gridRows,
  heatmapRows,
  histogramExport,
  hostRows,
  inFileName,
  momentFileName,
  toCsv,
  toNdjson,
  volumeRows,
} from "../../src/browser/chart_export.ts";
import { rangeNamed } from "../../src/browser/ranges.ts";

const TO_MS = Date.UTC(2025, 10, 21, 3);
const EVIL = '=cmd(),"x"\n<b>';

const a = {
  region: "a",
  stepMs: 10_000,
  t: [TO_MS - 20_000, TO_MS - 10_000],
  mean: [1 / 3, null],
  min: [-1, null],
  max: [2, null],
  count: [7, 0],
};

test("rows of a chart: what was measured, with its bucket's start, to a millionth", () => {
  const view = new ChartColumns().view(rangeNamed("5m"), "voltage", TO_MS, [a]);
  expect(chartRows(view, "voltage", null)).toEqual({
    columns: ["start", "region", "metric", "mean", "min", "max", "count"],
    rows: [["2025-11-21T02:59:40.000Z", "a", "voltage", 0.333333, -1, 2, 7]],
  });
});

test("rows of a ghost stand at their own time", () => {
  const view = new ChartColumns().view(rangeNamed("5m"), "voltage", TO_MS, [a]);
  const earlier = { ...a, t: a.t.map((atMs) => atMs - 3_600_000), mean: [9, null] };
  const columns = ghostColumns(view, [earlier], 3_600_000);
  const { rows } = chartRows(view, "voltage", { columns, earlierMs: 3_600_000 });
  expect(rows.map((cells) => [cells[0], cells[3]])).toEqual([
    ["2025-11-21T01:59:40.000Z", 9],
    ["2025-11-21T02:59:40.000Z", 0.333333],
  ]);
});

test("CSV: quotes what needs them, and only that", () => {
  expect(toCsv({ columns: ["a", "b"], rows: [[EVIL, null], ["plain", 1.5]] }))
    .toBe('a,b\r\n"=cmd(),""x""\n<b>",\r\nplain,1.5\r\n');
});

test("CSV: what is written is what a reader of RFC 4180 reads", () => {
  const cell = fc.string({ unit: fc.constantFrom('"', ",", "\r", "\n", "a", "é", " ") });
  fc.assert(fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 2 })), (rows) => {
    expect(readCsv(toCsv({ columns: ["x", "y"], rows }))).toEqual([["x", "y"], ...rows]);
  }));
});

/** RFC 4180 by its grammar. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < text.length;) {
    let cell = "";
    if (text[at] === '"') {
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        cell += text[at];
        if (text[at] === '"') at++;
      }
      at++;
    } else while (text[at] !== "," && text[at] !== "\r") cell += text[at++];
    row.push(cell);
    if (text[at] === ",") at++;
    else {
      at += 2;
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

test("NDJSON: one object a line, names as the columns", () => {
  const rows: ExportCell[][] = [[EVIL, null, 2], ["b", 0, 3]];
  const lines = toNdjson({ columns: ["region", "mean", "count"], rows }).split("\n");
  expect(lines.pop()).toBe("");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { region: EVIL, mean: null, count: 2 },
    { region: "b", mean: 0, count: 3 },
  ]);
});

test("a heatmap's rows are its cells that hold readings; a histogram's all bins", () => {
  const heatmap = { stepMs: 60_000, t: [TO_MS], edges: [40, 45, 50], counts: [[0, 3]], late: [0] };
  expect(heatmapRows(heatmap, null).rows)
    .toEqual([["2025-11-21T03:00:00.000Z", null, "temp_c", 45, 50, 3]]);
  const window = { fromMs: TO_MS - 1000, toMs: TO_MS };
  const histogram = { window, edges: [40, 45, 50], counts: { b: [0, 1], a: [2, 0] } };
  const rows = histogramExport(histogram).rows;
  expect(rows.map((cells) => cells.slice(2))).toEqual([
    ["a", "temp_c", 40, 45, 2],
    ["a", "temp_c", 45, 50, 0],
    ["b", "temp_c", 40, 45, 0],
    ["b", "temp_c", 45, 50, 1],
  ]);
});

test("a file's name says measure and range", () => {
  expect(fileName("temp_c", { fromMs: TO_MS - 3_600_000, toMs: TO_MS - 400 }, "csv"))
    .toBe("rackwatch-temp_c-20251121T020000Z-20251121T030000Z.csv");
});

test("rows of a host name the host, its region and each measure", () => {
  const view = new ChartColumns().view(rangeNamed("5m"), "voltage", TO_MS, [a]);
  const measures = { ...view, regions: [{ ...view.regions[0]!, region: "voltage" }] };
  expect(hostRows(measures, { host: EVIL, region: "India" })).toEqual({
    columns: ["start", "host_id", "region", "metric", "mean", "min", "max", "count"],
    rows: [["2025-11-21T02:59:40.000Z", EVIL, "India", "voltage", 0.333333, -1, 2, 7]],
  });
});

test("rows of the volume: how much, how fast, and the newest, or nothing", () => {
  const region = { region: "India", rows: 12, rate: 1 / 3, newestMs: TO_MS, metrics: {} as never };
  const silent = { ...region, region: "USA", newestMs: null };
  const { columns, rows } = volumeRows([region as never, silent as never], TO_MS);
  expect(columns).toEqual(["at", "region", "readings", "per_second", "newest"]);
  expect(rows).toEqual([
    ["2025-11-21T03:00:00.000Z", "India", 12, 0.333333, "2025-11-21T03:00:00.000Z"],
    ["2025-11-21T03:00:00.000Z", "USA", 12, 0.333333, null],
  ]);
});

test("rows of the grid: its hosts in its order, what is not measured is null", () => {
  const cell = { host: "b", region: "India", value: null, ageS: 3, state: "stale" } as const;
  const cells = [cell, { ...cell, host: "a", value: 91.5, state: "critical" } as const];
  expect(gridRows([{ region: "India", cells }], "temp_c", TO_MS).rows).toEqual([
    ["2025-11-21T03:00:00.000Z", "b", "India", "temp_c", null, "stale", 3],
    ["2025-11-21T03:00:00.000Z", "a", "India", "temp_c", 91.5, "critical", 3],
  ]);
});

test("a file's name of a moment, and of a host that anyone named", () => {
  expect(momentFileName("volume", TO_MS - 400, "png"))
    .toBe("rackwatch-volume-20251121T030000Z.png");
  expect(inFileName("../a b/<c>\u202e.wörk-1")).toBe(".._a_b_c_.wörk-1");
  expect(inFileName("x".repeat(300))).toHaveLength(80);
});
