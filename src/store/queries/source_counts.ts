/** What the hot store holds of each source, as `rebuild --dry-run` shows it. */
import { type Metric, METRICS } from "../../model/reading.ts";
import type { Database } from "../database.ts";

export interface MetricCounts {
  readonly count: number;
  /** Of values rounded to millionths of the unit, to six decimals. */
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

export interface SourceCounts {
  readonly readings: number;
  readonly rejects: number;
  readonly rejects_by_code: Readonly<Record<string, number>>;
  /** Null where no reading has it. */
  readonly metrics: Readonly<Record<Metric, MetricCounts | null>>;
}

export interface StoredSource {
  readonly layer: string;
  readonly source: string;
  readonly counts: SourceCounts;
}

/** All rows are read once: minutes for tens of millions. */
const COUNT_MS_MAX = 1_800_000;

export async function querySourceCounts(database: Database): Promise<StoredSource[]> {
  const [readings = [], rejects = []] = await database.transact([
    { text: READINGS },
    { text: REJECTS },
  ], { timeoutMs: COUNT_MS_MAX });
  const names = new Map<string, { layer: string; source: string }>();
  for (const row of [...readings, ...rejects]) {
    const { layer, source } = row as { layer: string; source: string };
    names.set(JSON.stringify([layer, source]), { layer, source });
  }
  return [...names.values()].map(({ layer, source }) => {
    const isOf = (row: Record<string, unknown>) =>
      row["layer"] === layer && row["source"] === source;
    const row = readings.find(isOf);
    const codes = rejects.filter(isOf).map((one) => [String(one["code"]), Number(one["rows"])]);
    const rejectsByCode = Object.fromEntries(codes) as Record<string, number>;
    return {
      layer,
      source,
      counts: {
        readings: Number(row?.["rows"] ?? 0),
        rejects: Object.values(rejectsByCode).reduce((sum, rows) => sum + rows, 0),
        rejects_by_code: rejectsByCode,
        metrics: Object.fromEntries(
          METRICS.map((metric) => [metric, metricOf(row, metric)]),
        ) as Record<Metric, MetricCounts | null>,
      },
    };
  });
}

/** A mean in the unit, from a sum in its millionths. */
export function meanOfMicro(sumMicro: bigint, count: number): number {
  return Math.round(Number(sumMicro) / count) / 1e6;
}

function metricOf(row: Record<string, unknown> | undefined, metric: Metric): MetricCounts | null {
  const count = Number(row?.[`${metric}_count`] ?? 0);
  if (row === undefined || count === 0) return null;
  return {
    count,
    mean: meanOfMicro(BigInt(String(row[`${metric}_sum`])), count),
    min: Number(row[`${metric}_min`]),
    max: Number(row[`${metric}_max`]),
  };
}

const READINGS = `select o.layer, o.source, count(*) as rows, ${
  METRICS.map((metric) =>
    `count(r.${metric}) as ${metric}_count,
     coalesce(sum(floor(r.${metric} * 1e6 + 0.5)::bigint), 0)::text as ${metric}_sum,
     min(r.${metric}) as ${metric}_min, max(r.${metric}) as ${metric}_max`
  ).join(", ")
}
  from rackwatch.readings r join rackwatch.origins o using (origin_key)
  group by 1, 2 order by 1, 2`;

const REJECTS = `select o.layer, o.source, d.code, count(*) as rows
  from rackwatch.dead_letters d join rackwatch.origins o using (origin_key)
  group by 1, 2, 3 order by 1, 2, d.code collate "C"`;
