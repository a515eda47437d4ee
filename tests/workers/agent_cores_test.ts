/**
 * A figure of a single core is no host's load: its record is let go, and counted as such. What all
 * cores of a host make together: rates/core_shares_test.ts.
 */
import { expect, test } from "bun:test";
import { LineFramer } from "../../src/sources/line_framer.ts";
import { liveMapping } from "../../src/workers/speed/live_mapping.ts";
import { normaliseBlock } from "../../src/workers/speed/normalise_block.ts";

const NS = "1763692976000000000";

function otlp(attributes: Readonly<Record<string, string>>): string {
  const list = Object.entries(attributes)
    .map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const dataPoints = [{ asDouble: 0.5, timeUnixNano: NS, attributes: list }];
  const metrics = [{ name: "system.cpu.utilization", unit: "1", gauge: { dataPoints } }];
  const resource = { attributes: [{ key: "host.name", value: { stringValue: "o" } }] };
  return JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] });
}

const collectd = (plugin: string, instance: string, state: string) =>
  JSON.stringify([{
    values: [50],
    dstypes: ["gauge"],
    time: 1_763_692_976,
    interval: 10,
    host: "c",
    plugin,
    plugin_instance: instance,
    type: "percent",
    type_instance: state,
  }]);

const telegraf = (cpu: string) => `cpu,cpu=${cpu},host=t usage_active=50,usage_idle=50 ${NS}`;

const CASES: readonly [what: string, line: string, load: number | null][] = [
  ["Telegraf's cpu0", telegraf("cpu0"), null],
  ["Telegraf's cpu-total", telegraf("cpu-total"), 50],
  ["collectd's cpu 0, idle", collectd("cpu", "0", "idle"), null],
  ["collectd's cpu 0, active", collectd("cpu", "0", "active"), null],
  ["collectd's cpu without ReportByCpu", collectd("cpu", "", "active"), 50],
  ["collectd's average of the cores", collectd("aggregation", "cpu-average", "active"), 50],
  ["collectd's sum of the cores", collectd("aggregation", "cpu-sum", "active"), null],
  ...["cpu", "cpu.logical_number", "system.cpu.logical_number"].flatMap((cpu) =>
    ["state", "cpu.mode", "system.cpu.state"].map((state) =>
      [
        `OTLP's idle share by ${cpu} and ${state}`,
        otlp({ [cpu]: "0", [state]: "idle" }),
        null,
      ] as const
    )
  ).map(([what, line, load]) => [what, line, load] as [string, string, null]),
  ["OTLP's share by cpu alone", otlp({ "system.cpu.logical_number": "0" }), null],
  ["OTLP's idle share of all", otlp({ "cpu.mode": "idle" }), 50],
  ["OTLP's user share of all", otlp({ "cpu.mode": "user" }), null],
  ["OTLP's share of all", otlp({}), 50],
];

test.each(CASES)("%s", (_what, line, load) => {
  const block = new LineFramer().push(new TextEncoder().encode(`${line}\n`))!;
  const placed = { part: 0, offset: 0, arrivalMs: 1_763_692_976_000, block };
  const [slice] = normaliseBlock(placed, liveMapping([], "test").normalise);
  expect(slice!.deadLetters).toEqual([]);
  expect(slice!.readings.map((one) => one.cpu_load)).toEqual(load === null ? [] : [load]);
  expect(slice!.ignored).toBe(load === null ? 1 : 0);
});
