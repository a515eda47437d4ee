/** What a file is said to be where it has no columns to read. */
import { expect, test } from "bun:test";
import { fileKind, withKind } from "../../src/mapping/file_kind.ts";
import type { Fields } from "../../src/model/record.ts";
import { record } from "./support.ts";

test.each<[what: string, fields: Fields, name: string, isAll: boolean]>([
  ["an OTLP request", { resourceMetrics: [] }, "OpenTelemetry", true],
  ["Telegraf's batch", { metrics: [] }, "Telegraf", true],
  ["a series", { labels: {}, samples: [] }, "Prometheus' remote write", true],
  [
    "a value of collectd",
    { plugin: "cpu", type: "percent", values: [1], host: "h" },
    "collectd",
    false,
  ],
  [
    "an event of Vector",
    { name: "n", namespace: "host", kind: "absolute", timestamp: "2025-11-21T02:42:56Z" },
    "Vector",
    false,
  ],
  [
    "an event of Metricbeat",
    { "@timestamp": "t", metricset: { name: "cpu" } },
    "Metricbeat",
    false,
  ],
  ["a resource of Redfish", { "@odata.id": "/redfish/v1/Chassis/1U/Thermal" }, "Redfish", true],
])("%s is called by its name, with the way in that takes it", (_what, fields, name, isAll) => {
  const kind = fileKind([record(fields)])!;
  expect(kind.problem).toContain(name);
  expect(kind.problem).toContain("docs/agents/");
  expect(withKind([record(fields)], ["no host"])).toEqual([
    kind.problem,
    ...(isAll ? [] : ["no host"]),
  ]);
});

test("records of columns are of no kind", () => {
  const items = [record({ host: "h", time: 1, temp_c: 40 })];
  expect(fileKind(items)).toBeNull();
  expect(withKind(items, ["no host"])).toEqual(["no host"]);
});
