/**
 * Telegraf's `cpu` core by core, for hosts of which it sends no `cpu-total` (`totalcpu = false`):
 * https://github.com/influxdata/telegraf/tree/master/plugins/inputs/cpu. All cores have one time.
 */
import { type Fields, isObject } from "../../../model/record.ts";
import { TimeReader } from "../../../units/time_format.ts";
import {
  counted,
  type CounterForm,
  type CounterSample,
  identityOf,
  idleShare,
  sharePart,
} from "./counter_sample.ts";

const TOTAL = "cpu-total";
const OF_CORE: ReadonlySet<string> = new Set(["cpu", "core_id", "physical_id"]);

/** @param isKnown Whether a host's load is known without it: by default Telegraf tells both. */
export function telegrafCounter(
  fields: Fields,
  isKnown: (host: unknown) => boolean,
): CounterSample | null {
  const { name, tags, fields: values } = fields;
  if (name !== "cpu" || !isObject(tags) || !isObject(values)) return null;
  const cpu = tags["cpu"];
  if (typeof cpu !== "string" || cpu === TOTAL) return null;
  const host = tags["server"] ?? tags["source"] ?? tags["host"];
  if (isKnown(host)) return null;
  // `usage_active` is there with `report_active` only, and is what `usage_idle` leaves.
  const idle = values["usage_idle"] === undefined
    ? 100 - counted(values["usage_active"])
    : counted(values["usage_idle"]);
  return {
    set: identityOf(tags, OF_CORE),
    host,
    kind: "share",
    form: CPU_SHARES,
    counter: cpu,
    part: sharePart(cpu),
    atMs: TIMES.read(fields["timestamp"]),
    value: idleShare(idle, 100),
    startMs: null,
    intervalMs: 0,
  };
}

/** As the mapping reads it: a number of what `json_timestamp_units` says; of line protocol ns as a text. */
const TIMES = new TimeReader({ format: "auto", zone: "UTC", occurrence: "earlier" });

const CPU_SHARES: CounterForm = {
  name: "telegraf cpu shares",
  measure: "cpu",
  unitsPerSecond: 100,
  line: (fields, { atMs, value }) => {
    const tags = Object.entries(fields["tags"] as Fields).filter(([tag]) => !OF_CORE.has(tag));
    return JSON.stringify({
      name: "cpu",
      tags: { ...Object.fromEntries(tags), cpu: TOTAL },
      fields: { usage_active: Math.round(value * 1e8) / 1e6 },
      timestamp: atMs,
    });
  },
};
