/**
 * collectd's CPU times, ticks of 1/100 s by CPU and state, as `write_http` sends them unless
 * `StoreRates` or `ValuesPercentage` are set. https://collectd.org/documentation/manpages/collectd.conf.5.html.
 * Values of one reading are some ms apart, each with its own time.
 */
import type { Fields } from "../../../model/record.ts";
import {
  counted,
  type CounterForm,
  type CounterSample,
  cpuPart,
  identityOf,
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
  if (plugin !== "cpu" || type !== "cpu") return null;
  if (!Array.isArray(values) || !Array.isArray(dstypes) || dstypes[0] !== "derive") return null;
  if (typeof time !== "number" || typeof interval !== "number") return null;
  if (!(interval >= INTERVAL_S_MIN && interval <= INTERVAL_S_MAX)) return null;
  const { plugin_instance: cpu, type_instance: mode } = fields;
  if (typeof cpu !== "string" || typeof mode !== "string") return null;
  return {
    set: identityOf(fields, OF_VALUE),
    host: fields["host"],
    form: CPU,
    counter: `${mode} ${cpu}`,
    part: cpuPart(cpu, mode),
    atMs: Math.round(time * 1_000),
    value: counted(values[0]),
    isDelta: false,
    startMs: null,
    intervalMs: interval * 1_000,
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
