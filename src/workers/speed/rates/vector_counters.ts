/**
 * Vector's `host_metrics`: CPU seconds by CPU and mode, all with the time of their scrape. Its events
 * have the host among their tags, or above them, where `metric_to_log` puts it:
 * https://github.com/vectordotdev/vector/tree/master/src/sources/host_metrics and
 * https://vector.dev/docs/reference/configuration/transforms/metric_to_log/. Waiting for I/O is called
 * `io_wait`; numbers of CPUs, which come under the same name in some versions, have no CPU.
 */
import { type Fields, isObject } from "../../../model/record.ts";
import {
  counted,
  type CounterForm,
  type CounterSample,
  cpuPart,
  identityOf,
} from "./counter_sample.ts";

const OF_COUNTER: ReadonlySet<string> = new Set(["cpu", "mode"]);

export function vectorCounter(fields: Fields): CounterSample | null {
  const { name, kind, tags, counter, timestamp, namespace, host } = fields;
  if (name !== "cpu_seconds_total" || kind !== "absolute") return null;
  if (!isObject(tags) || !isObject(counter) || typeof timestamp !== "string") return null;
  const { cpu, mode } = tags;
  if (typeof cpu !== "string" || typeof mode !== "string") return null;
  return {
    set: JSON.stringify([namespace, host, identityOf(tags, OF_COUNTER)]),
    host: tags["host"] ?? host,
    kind: "total",
    form: CPU,
    counter: `${mode} ${cpu}`,
    part: cpuPart(cpu, mode),
    atMs: Date.parse(timestamp),
    value: counted(counter["value"]),
    startMs: null,
    intervalMs: 0,
  };
}

const CPU: CounterForm = {
  name: "vector cpu",
  measure: "cpu",
  unitsPerSecond: 1,
  line: ({ counter: _counter, ...fields }, { atMs, value }) => {
    const tags = Object.entries(fields["tags"] as Fields).filter(([tag]) => !OF_COUNTER.has(tag));
    return JSON.stringify({
      ...fields,
      name: "cpu_utilization",
      tags: Object.fromEntries(tags),
      timestamp: new Date(atMs).toISOString(),
      gauge: { value },
    });
  },
};
