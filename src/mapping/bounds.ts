/**
 * What a metric can physically be. A value outside is a wrong unit, a broken sensor or a wrong
 * column, and would spoil every mean and axis it got into: it is refused, with the bound named.
 */
import type { Metric } from "../model/reading.ts";
import type { Quantity } from "../units/catalogue.ts";

export interface Bound {
  readonly min: number;
  readonly max: number;
  /**
   * How far beyond min or max a value is still taken for the bound itself, and stored as it. A
   * sampler's clock makes a saturated CPU 100.1 %: refusing that would lose the readings that
   * matter most, storing it would break "percent 0–100".
   */
  readonly slack: number;
}

export type Bounds = Readonly<Record<Metric, Bound>>;

/** In canonical units; a declaration may set its own with `bounds = { power_watts = [0, 5e6] }`. */
export const DEFAULT_BOUNDS: Bounds = {
  // From the coldest outdoor cabinet to above any silicon's shutdown; 0 K and unset sensors are out.
  temp_c: { min: -60, max: 150, slack: 0 },
  cpu_load: { min: 0, max: 100, slack: 0.5 },
  // −48 V telecom supplies (down to −60 V when charging) up to 800 V direct-current racks.
  voltage: { min: -60, max: 1000, slack: 0 },
  power_watts: { min: 0, max: 1e6, slack: 0 },
};

/** What kind of quantity each metric is, and so which units it can come in. */
export const METRIC_QUANTITIES: Readonly<Record<Metric, Quantity>> = {
  temp_c: "temperature",
  cpu_load: "ratio",
  voltage: "voltage",
  power_watts: "power",
};
