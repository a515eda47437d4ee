/** A host's latest values while readings come in. Readings from the future count nowhere here. */
import type { HostLatest, LatestValue } from "../model/latest.ts";
import { FLAG_FUTURE, type Metric, type Reading } from "../model/reading.ts";

interface Value extends LatestValue {
  value: number;
  atMs: number;
}

export class Latest implements HostLatest {
  newestMs = -Infinity;
  readonly metrics: Record<Metric, Value | null> = {
    temp_c: null,
    cpu_load: null,
    voltage: null,
    power_watts: null,
  };

  constructor(readonly region: string, readonly hostId: string) {}

  add(reading: Reading): void {
    if ((reading.flags & FLAG_FUTURE) !== 0) return;
    const { atMs, temp_c, cpu_load, voltage, power_watts } = reading;
    if (atMs > this.newestMs) this.newestMs = atMs;
    if (temp_c !== null) this.#merge("temp_c", temp_c, atMs);
    if (cpu_load !== null) this.#merge("cpu_load", cpu_load, atMs);
    if (voltage !== null) this.#merge("voltage", voltage, atMs);
    if (power_watts !== null) this.#merge("power_watts", power_watts, atMs);
  }

  #merge(metric: Metric, value: number, atMs: number): void {
    const own = this.metrics[metric];
    if (own === null) this.metrics[metric] = { value, atMs };
    else if (atMs > own.atMs || (atMs === own.atMs && value > own.value)) {
      own.value = value;
      own.atMs = atMs;
    }
  }
}
