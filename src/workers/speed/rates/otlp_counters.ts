/**
 * OpenTelemetry's sums: `system.cpu.time` in seconds, by CPU and state, and hosts' `hw.energy` in
 * joules; cumulative or delta. And its gauge `system.cpu.utilization`, where it is by CPU. Names and
 * attributes of the conventions as they are and as they were:
 * https://opentelemetry.io/docs/specs/semconv/system/system-metrics/, …/system/hardware-metrics/;
 * the Collector's `hostmetrics` calls waiting for I/O `wait`.
 */
import type { Fields } from "../../../model/record.ts";
import {
  counted,
  type CounterForm,
  type CounterSample,
  cpuPart,
  identityOf,
  idleShare,
  type Rate,
  sharePart,
} from "./counter_sample.ts";

const CPU_NAMES: readonly unknown[] = ["system.cpu.time", "cpu.time"];
const CPU_SHARE = "system.cpu.utilization";
const ENERGY_NAMES: readonly unknown[] = ["hw.host.energy", "hw.energy"];
const CPU_ATTRIBUTES = [
  "attributes.cpu",
  "attributes.cpu.logical_number",
  "attributes.system.cpu.logical_number",
];
const STATE_ATTRIBUTES = [
  "attributes.state",
  "attributes.cpu.mode",
  "attributes.system.cpu.state",
];
const OF_POINT: ReadonlySet<string> = new Set([
  ...CPU_ATTRIBUTES,
  ...STATE_ATTRIBUTES,
  "timestamp",
  "start_timestamp",
  "value",
]);
const DELTA: readonly unknown[] = [1, "AGGREGATION_TEMPORALITY_DELTA"];
const CUMULATIVE: readonly unknown[] = [2, "AGGREGATION_TEMPORALITY_CUMULATIVE"];

export function otlpCounter(fields: Fields): CounterSample | null {
  const { protocol, kind, name, unit, temporality } = fields;
  if (protocol !== "otlp") return null;
  if (kind === "gauge") return otlpShare(fields);
  if (kind !== "sum") return null;
  const isDelta = DELTA.includes(temporality);
  if (!isDelta && !CUMULATIVE.includes(temporality)) return null;
  const common = {
    ...commonOf(fields),
    value: counted(fields["value"]),
    kind: isDelta ? "delta" as const : "total" as const,
    startMs: msOf(fields["start_timestamp"]),
  };
  if (CPU_NAMES.includes(name)) {
    const state = textOf(fields, STATE_ATTRIBUTES);
    if (state === "" || !isUnit(unit, "s")) return null;
    const cpu = textOf(fields, CPU_ATTRIBUTES);
    const set = identityOf(fields, OF_POINT);
    return { ...common, set, form: CPU, counter: `${state} ${cpu}`, part: cpuPart(cpu, state) };
  }
  if (!ENERGY_NAMES.includes(name) || !isUnit(unit, "J")) return null;
  const type = fields["attributes.hw.type"];
  if (type !== undefined && type !== "" && type !== "host") return null;
  const part = { cpu: "", mode: "host", isApart: false };
  return { ...common, set: identityOf(fields, OF_POINT), form: ENERGY, counter: "", part };
}

/** The idle share of one CPU, or what it was busy where no state is told. */
function otlpShare(fields: Fields): CounterSample | null {
  if (fields["name"] !== CPU_SHARE || !isUnit(fields["unit"], "1")) return null;
  const cpu = textOf(fields, CPU_ATTRIBUTES);
  const state = textOf(fields, STATE_ATTRIBUTES);
  if (cpu === "" || state !== "" && state !== "idle") return null;
  const value = counted(fields["value"]);
  return {
    ...commonOf(fields),
    set: identityOf(fields, OF_POINT),
    kind: "share",
    form: CPU_SHARES,
    counter: cpu,
    part: sharePart(cpu),
    value: idleShare(state === "idle" ? value : 1 - value, 1),
    startMs: null,
  };
}

function commonOf(fields: Fields) {
  return {
    host: fields["resource.host.name"] ?? fields["resource.host.id"] ??
      fields["attributes.host.name"],
    atMs: msOf(fields["timestamp"]) ?? NaN,
    intervalMs: 0,
  };
}

/** Of a time in ns, a text or a number; null for 0, which says that it is not known. */
function msOf(value: unknown): number | null {
  const ns = counted(value);
  return ns > 0 ? Math.floor(ns / 1e6) : null;
}

function textOf(fields: Fields, names: readonly string[]): string {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === "string" || typeof value === "number") return String(value);
  }
  return "";
}

function isUnit(unit: unknown, wanted: string): boolean {
  return unit === wanted || unit === "" || unit === null;
}

const CPU: CounterForm = {
  name: "otlp cpu",
  measure: "cpu",
  unitsPerSecond: 1,
  line: (fields, rate) => gauge({ name: CPU_SHARE, unit: "1" }, fields, rate),
};
const CPU_SHARES: CounterForm = { ...CPU, name: "otlp cpu shares" };
const ENERGY: CounterForm = {
  name: "otlp energy",
  measure: "power",
  unitsPerSecond: 1,
  line: (fields, rate) => {
    const name = fields["name"] === "hw.energy" ? "hw.power" : "hw.host.power";
    return gauge({ name, unit: "W" }, fields, rate);
  },
};

function gauge(named: { name: string; unit: string }, fields: Fields, { atMs, value }: Rate) {
  const point = {
    timeUnixNano: `${atMs}000000`,
    asDouble: value,
    attributes: attributes("attributes.", fields),
  };
  const scope = {
    scope: { name: "rackwatch" },
    metrics: [{ ...named, gauge: { dataPoints: [point] } }],
  };
  const resource = { attributes: attributes("resource.", fields) };
  return JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [scope] }] });
}

/** Plain values as OTLP/JSON has them; lists and maps, which the flat record holds as they came. */
function attributes(prefix: string, fields: Fields) {
  return Object.entries(fields)
    .filter(([name]) => name.startsWith(prefix) && !OF_POINT.has(name))
    .map(([name, value]) => ({ key: name.slice(prefix.length), value: anyValue(value) }));
}

function anyValue(value: unknown): unknown {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "number") return { doubleValue: value };
  return typeof value === "boolean" ? { boolValue: value } : value;
}
