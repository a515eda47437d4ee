/** Die temperatures are read; air, boards, disks and memory are let go, and counted by name. */
import { describe, expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import type { Fields } from "../../src/model/record.ts";
import { LineFramer } from "../../src/sources/line_framer.ts";
import { IgnoredNames } from "../../src/workers/speed/ignored_names.ts";
import { liveMapping } from "../../src/workers/speed/live_mapping.ts";
import { normaliseBlock } from "../../src/workers/speed/normalise_block.ts";

const S = 1_763_692_976;
const { normalise } = liveMapping([], "test");

/** One line's temperatures, and the names of what was let go. */
function read(line: string): { temperatures: (number | null)[]; names: string[] } {
  const block = new LineFramer().push(new TextEncoder().encode(`${line}\n`))!;
  const ignored = new IgnoredNames();
  const slices = normaliseBlock(
    { part: 0, offset: 0, arrivalMs: S * 1_000, block },
    normalise,
    { ignored: (fields: Fields) => ignored.count(fields) },
  );
  expect(slices[0]!.deadLetters).toEqual([]);
  return {
    temperatures: slices[0]!.readings.map(({ temp_c }) => temp_c),
    names: ignored.counts.map(({ name }) => name),
  };
}

const telegraf = {
  temp: (sensor: string) => `temp,host=h,sensor=${sensor} temp=41 ${S}000000000`,
  sensors: (chip: string, feature: string) =>
    `sensors,host=h,chip=${chip},feature=${feature} temp_input=41 ${S}000000000`,
  ipmi: (name: string) =>
    `ipmi_sensor,host=j,server=10.0.0.7,name=${name},unit=degrees_c value=41 ${S}000000000`,
  redfish: (name: string) =>
    `redfish_thermal_temperatures,source=h,name=${
      name.replaceAll(" ", "\\ ")
    } reading_celsius=41 ${S}000000000`,
};
const collectd = (plugin: string, instance: string, sensor: string) =>
  JSON.stringify([{
    values: [41],
    dstypes: ["gauge"],
    time: S,
    interval: 10,
    host: "h",
    plugin,
    plugin_instance: instance,
    type: "temperature",
    type_instance: sensor,
  }]);
const prometheus = (labels: Readonly<Record<string, string>>) =>
  JSON.stringify({ labels: { instance: "h:9100", ...labels }, samples: [[S * 1_000, 41]] });
const hwmon = (chip: string, sensor: string) =>
  prometheus({ __name__: "node_hwmon_temp_celsius", chip, sensor });
const ipmi = (name: string) => prometheus({ __name__: "ipmi_temperature_celsius", name });
const otlp = (attributes: Readonly<Record<string, string>>) => {
  const list = (of: Readonly<Record<string, string>>) =>
    Object.entries(of).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const dataPoints = [{
    asDouble: 41,
    timeUnixNano: `${S}000000000`,
    attributes: list(attributes),
  }];
  const metrics = [{ name: "hw.temperature", unit: "Cel", gauge: { dataPoints } }];
  const resource = { attributes: list({ "host.name": "h" }) };
  return JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] });
};
const vector = (component: string) =>
  JSON.stringify({
    name: "temperature_celsius",
    namespace: "host",
    tags: { component, host: "h" },
    timestamp: "2025-11-21T02:42:56Z",
    kind: "absolute",
    gauge: { value: 41 },
  });

describe("of the processor's package", () => {
  test.each([
    ["Telegraf's temp", telegraf.temp("coretemp_package_id_0")],
    ["Telegraf's sensors", telegraf.sensors("coretemp-isa-0000", "package_id_0")],
    ["Telegraf's ipmi_sensor", telegraf.ipmi("cpu1_temp")],
    ["Telegraf's redfish", telegraf.redfish("CPU1 Temp")],
    ["collectd's sensors", collectd("sensors", "coretemp-isa-0000", "temp1")],
    ["collectd's ipmi", collectd("ipmi", "", "CPU1 Temp processor (3.1)")],
    ["node_exporter", hwmon("platform_coretemp_0", "temp1")],
    ["ipmi_exporter", ipmi("CPU1 Temp")],
    ["OTLP", otlp({ "hw.id": "x", "hw.sensor_location": "cpu0" })],
    ["Vector", vector("coretemp Package id 0")],
  ])("%s is read", (_agent, line) => {
    expect(read(line)).toEqual({ temperatures: [41], names: [] });
  });
});

describe("of anything else", () => {
  test.each([
    [telegraf.temp("acpitz"), "temp acpitz"],
    [telegraf.temp("nvme_composite"), "temp nvme_composite"],
    [telegraf.temp("coretemp_core_0"), "temp coretemp_core_0"],
    [telegraf.sensors("nct6775-isa-0a20", "systin"), "sensors nct6775-isa-0a20 systin"],
    ...[
      "inlet_temp",
      "exhaust_temp",
      "ambient_temp",
      "01-inlet_ambient",
      "cpu1_vrm_temp",
      "system_temp",
    ]
      .map((name) => [telegraf.ipmi(name), `ipmi_sensor ${name}`] as [string, string]),
    ...["System Board Inlet Temp", "Ambient Temp", "Exhaust Temp", "CPU1 VRM Temp"].map((name) =>
      [telegraf.redfish(name), `redfish_thermal_temperatures ${name}`] as [string, string]
    ),
    [
      collectd("sensors", "coretemp-isa-0000", "temp2"),
      "sensors temperature coretemp-isa-0000 temp2",
    ],
    [collectd("sensors", "acpitz-acpi-0", "temp1"), "sensors temperature acpitz-acpi-0 temp1"],
    ...["Inlet Temp system_board (7.1)", "Exhaust Temp system_board (7.1)", "Ambient Temp (32.97)"]
      .map((name) => [collectd("ipmi", "", name), `ipmi temperature ${name}`] as [string, string]),
    [hwmon("platform_coretemp_0", "temp2"), "node_hwmon_temp_celsius platform_coretemp_0 temp2"],
    [
      hwmon("thermal_thermal_zone0", "temp1"),
      "node_hwmon_temp_celsius thermal_thermal_zone0 temp1",
    ],
    [hwmon("platform_nct6775_656", "temp1"), "node_hwmon_temp_celsius platform_nct6775_656 temp1"],
    [hwmon("nvme_nvme0", "temp1"), "node_hwmon_temp_celsius nvme_nvme0 temp1"],
    ...["Inlet Temp", "Exhaust Temp", "Ambient Temp", "PCH Temp", "CPU1 VRM Temp", "DIMMA1 Temp"]
      .map((name) => [ipmi(name), `ipmi_temperature_celsius ${name}`] as [string, string]),
    ...["inlet", "outlet", "ambient", "exhaust", "system_board", "disk"].map((place) =>
      [otlp({ "hw.id": "cpu0", "hw.sensor_location": place }), `hw.temperature ${place}`] as [
        string,
        string,
      ]
    ),
    [otlp({ "hw.id": "inlet-1" }), "hw.temperature inlet-1"],
    [vector("acpitz temp1"), "temperature_celsius acpitz temp1"],
    [vector("nvme Composite"), "temperature_celsius nvme Composite"],
  ])("%s", (line, name) => {
    expect(read(line)).toEqual({ temperatures: [], names: [name] });
  });
});

test("names beyond the limit are counted together, and none is longer than its limit", () => {
  const ignored = new IgnoredNames();
  for (let i = 0; i < LIMITS.ignoredNamesMax + 50; i++) {
    ignored.count({ labels: { __name__: `${i}${"x".repeat(500)}` } });
  }
  expect(ignored.counts.length).toBe(LIMITS.ignoredNamesMax + 1);
  expect(ignored.counts[0]).toEqual({ name: "other", records: 50 });
  expect(Math.max(...ignored.counts.map(({ name }) => name.length)))
    .toBe(LIMITS.ignoredNameCharsMax);
});
