/**
 * collectd's CPU times, ticks of 1/100 s by CPU and state, as `write_http` sends them unless
 * `StoreRates` or `ValuesPercentage` are set; and with the latter its percentages, which are by CPU
 * unless `ReportByCpu false` is set too. https://collectd.org/documentation/manpages/collectd.conf.5.html.
 * Values of one reading are some ms apart, each with its own time.
 */
import type { Fields } from "../../../model/record.ts";
import {
  counted,
  type CounterForm,
  type CounterSample,
  cpuPart,
  identityOf,
  idleShare,
  sharePart,
} from "./counter_sample.ts";

const OF_VALUE: ReadonlySet<string> = new Set([
  "values",
  "dstypes",
  "dsnames",
  "time",
  "plugin_instance",
  "type_instance",
]);
const TICKS_PER_SECOND = 100;
const INTERVAL_S_MIN = 0.1;
const INTERVAL_S_MAX = 3_600;

export function collectdCounter(fields: Fields): CounterSample | null {
  const { plugin, type, values, dstypes, time, interval } = fields;
  if (plugin !== "cpu" || !Array.isArray(values) || !Array.isArray(dstypes)) return null;
  const isShare = type === "percent" && dstypes[0] === "gauge";
  if (!isShare && !(type === "cpu" && dstypes[0] === "derive")) return null;
  if (typeof time !== "number" || typeof interval !== "number") return null;
  if (!(interval >= INTERVAL_S_MIN && interval <= INTERVAL_S_MAX)) return null;
  const { plugin_instance: cpu, type_instance: mode } = fields;
  if (typeof cpu !== "string" || typeof mode !== "string") return null;
  const value = counted(values[0]);
  const common = {
    set: identityOf(fields, OF_VALUE),
    host: fields["host"],
    atMs: Math.round(time * 1_000),
    startMs: null,
    intervalMs: interval * 1_000,
  };
  if (!isShare) {
    const counter = `${mode} ${cpu}`;
    return { ...common, kind: "total", form: CPU, counter, part: cpuPart(cpu, mode), value };
  }
  // Of all CPUs together it is the host's, and read as it stands.
  if (cpu === "" || mode !== "idle" && mode !== "active") return null;
  const idle = mode === "idle" ? value : TICKS_PER_SECOND - value;
  return {
    ...common,
    kind: "share",
    form: CPU_SHARES,
    counter: cpu,
    part: sharePart(cpu),
    value: idleShare(idle, TICKS_PER_SECOND),
  };
}

const CPU: CounterForm = {
  name: "collectd cpu",
  measure: "cpu",
  unitsPerSecond: TICKS_PER_SECOND,
  line: (fields, { atMs, value }) =>
    JSON.stringify([{
      ...fields,
      values: [Math.round(value * 1e8) / 1e6],
      dstypes: ["gauge"],
      dsnames: ["value"],
      time: atMs / 1_000,
      plugin_instance: "",
      type: "percent",
      type_instance: "active",
    }]),
};
/** A percentage of idle time is so many ticks in a second. */
const CPU_SHARES: CounterForm = { ...CPU, name: "collectd cpu shares" };
