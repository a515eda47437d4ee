/**
 * node_exporter's counters, as remote write brings them: CPU seconds, and RAPL's joules.
 * https://github.com/prometheus/node_exporter, collectors `cpu` and `rapl`. Guest time stands in user
 * time as well, under a name of its own: it is not added again.
 */
import { type Fields, isObject } from "../../../model/record.ts";
import {
  counted,
  type CounterForm,
  type CounterSample,
  cpuPart,
  identityOf,
  type Rate,
} from "./counter_sample.ts";

export const CPU_SECONDS = "node_cpu_seconds_total";
const RAPL_JOULES = /^node_rapl_(psys|package|dram)\w*_joules_total$/;
/** The same package told by another way to read it: counted twice it would be twice the power. */
const RAPL_TWIN = /intel-rapl-mmio/;
const CPU_LABELS: ReadonlySet<string> = new Set(["__name__", "cpu", "mode"]);
const RAPL_LABELS: ReadonlySet<string> = new Set(["__name__", "index", "path"]);

export function prometheusCounter(fields: Fields): CounterSample | null {
  const { labels, timestamp } = fields;
  if (!isObject(labels) || typeof timestamp !== "number") return null;
  const name = labels["__name__"];
  if (typeof name !== "string" || !name.startsWith("node_")) return null;
  const value = counted(fields["value"]);
  const host = labels["nodename"] ?? labels["host"] ?? labels["instance"];
  const common = {
    host,
    atMs: timestamp,
    value,
    kind: "total" as const,
    startMs: null,
    intervalMs: 0,
  };
  if (name === CPU_SECONDS) {
    const { cpu, mode } = labels;
    if (typeof cpu !== "string" || typeof mode !== "string") return null;
    const set = setOf(labels, CPU_LABELS);
    return { ...common, set, form: CPU, counter: `${mode} ${cpu}`, part: cpuPart(cpu, mode) };
  }
  const zone = RAPL_JOULES.exec(name)?.[1];
  if (zone === undefined || RAPL_TWIN.test(String(labels["path"]))) return null;
  return {
    ...common,
    set: setOf(labels, RAPL_LABELS),
    form: RAPL,
    counter: JSON.stringify([name, labels["index"], labels["path"]]),
    part: { cpu: "", mode: zone, isApart: zone === "psys" },
  };
}

let lastLabels: Fields | null = null;
let lastSet = "";

/** Samples of a line share its labels: of thousands of them, the set is made out once. */
function setOf(labels: Fields, without: ReadonlySet<string>): string {
  if (labels !== lastLabels) {
    lastLabels = labels;
    lastSet = identityOf(labels, without);
  }
  return lastSet;
}

const CPU: CounterForm = {
  name: "prometheus cpu",
  measure: "cpu",
  unitsPerSecond: 1,
  line: series("instance:node_cpu_utilisation:rate", CPU_LABELS),
};
const RAPL: CounterForm = {
  name: "prometheus rapl",
  measure: "power",
  unitsPerSecond: 1,
  line: series("instance:node_rapl_power_watts:rate", RAPL_LABELS),
};

/** A series named as a recording rule's: with the time that the rate is over. */
function series(name: string, without: ReadonlySet<string>): CounterForm["line"] {
  return (fields: Fields, { atMs, spanMs, value }: Rate) => {
    const labels = Object.entries(fields["labels"] as Fields).filter(([key]) => !without.has(key));
    const span = Math.max(1, Math.round(spanMs / 1_000));
    const all = Object.fromEntries([["__name__", `${name}${span}s`], ...labels]);
    return `{"labels":${JSON.stringify(all)},"samples":[[${atMs},${value}]]}`;
  };
}
