/** One second of one region while it grows. */
import type { RegionSecond } from "../model/live_event.ts";
import { type Metric, METRICS, type Reading } from "../model/reading.ts";
import { Summary } from "../model/summary.ts";

export class SecondBucket implements RegionSecond {
  readings = 0;
  readonly metrics: Record<Metric, Summary | null> = {
    temp_c: null,
    cpu_load: null,
    voltage: null,
    power_watts: null,
  };

  constructor(readonly region: string, readonly atMs: number) {}

  add(reading: Reading): void {
    const { metrics } = this;
    this.readings++;
    const { temp_c, cpu_load, voltage, power_watts } = reading;
    if (temp_c !== null) (metrics.temp_c ??= new Summary()).add(temp_c);
    if (cpu_load !== null) (metrics.cpu_load ??= new Summary()).add(cpu_load);
    if (voltage !== null) (metrics.voltage ??= new Summary()).add(voltage);
    if (power_watts !== null) (metrics.power_watts ??= new Summary()).add(power_watts);
  }

  merge(other: RegionSecond): void {
    this.readings += other.readings;
    for (const metric of METRICS) {
      const summary = other.metrics[metric];
      if (summary === null) continue;
      const own = this.metrics[metric];
      if (own === null) this.metrics[metric] = Summary.copy(summary);
      else own.merge(summary);
    }
  }
}
