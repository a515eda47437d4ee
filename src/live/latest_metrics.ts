/**
 * What is known of a host now, metric by metric. Agents often send one metric a line, a little out
 * of order, so every metric goes by the time of its own newest value; null leaves what was there.
 */
import type { HostNow } from "../model/live_event.ts";
import type { Metric } from "../model/reading.ts";

type Values = Readonly<Record<Metric, number | null>> & { readonly atMs: number };

export class LatestMetrics {
  /** Time of the newest of all, epoch ms. */
  atMs = -Infinity;
  temp_c: number | null = null;
  cpu_load: number | null = null;
  voltage: number | null = null;
  power_watts: number | null = null;
  #temperatureMs = -Infinity;
  #loadMs = -Infinity;
  #voltageMs = -Infinity;
  #powerMs = -Infinity;

  constructor(readonly region: string, readonly hostId: string) {}

  merge(from: Values): void {
    const { atMs } = from;
    if (atMs > this.atMs) this.atMs = atMs;
    if (from.temp_c !== null && atMs >= this.#temperatureMs) {
      this.temp_c = from.temp_c;
      this.#temperatureMs = atMs;
    }
    if (from.cpu_load !== null && atMs >= this.#loadMs) {
      this.cpu_load = from.cpu_load;
      this.#loadMs = atMs;
    }
    if (from.voltage !== null && atMs >= this.#voltageMs) {
      this.voltage = from.voltage;
      this.#voltageMs = atMs;
    }
    if (from.power_watts !== null && atMs >= this.#powerMs) {
      this.power_watts = from.power_watts;
      this.#powerMs = atMs;
    }
  }

  toHostNow(): HostNow {
    return {
      host_id: this.hostId,
      region: this.region,
      atMs: this.atMs,
      temp_c: this.temp_c,
      cpu_load: this.cpu_load,
      voltage: this.voltage,
      power_watts: this.power_watts,
    };
  }
}
