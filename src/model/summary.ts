/**
 * A metric's summary while it grows: the one home of its arithmetic, for rollups and for the live
 * picture. The same values give the same bits in whatever order and split they come.
 *
 * Exact up to |Σ value| < 2⁵³ / 10⁶ ≈ 9.0·10⁹ units: 20,000 readings of a batch at 450 kW each. The
 * store adds up in 64-bit integers; a fold of many batches is taken before it comes near.
 */
import { type MetricSummary, toMicro } from "./rollup.ts";

export class Summary implements MetricSummary {
  count = 0;
  sumMicro = 0;
  min = Infinity;
  max = -Infinity;

  add(value: number): void {
    this.count++;
    this.sumMicro += toMicro(value);
    // + 0 turns -0 into 0: which of the two zeros stays would depend on the order.
    if (value < this.min) this.min = value + 0;
    if (value > this.max) this.max = value + 0;
  }

  merge(other: MetricSummary): void {
    this.count += other.count;
    this.sumMicro += other.sumMicro;
    if (other.min < this.min) this.min = other.min;
    if (other.max > this.max) this.max = other.max;
  }

  static copy(of: MetricSummary): Summary {
    const summary = new Summary();
    summary.merge(of);
    return summary;
  }
}
