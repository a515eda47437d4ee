/**
 * The statements that write what a batch holds: pure functions from values to SQL and columns.
 * Rows go as one array a column through `unnest`, one statement whatever their number.
 *
 * Order within a transaction matters and is everywhere the same (chunks, regions, latest
 * values, rollups, late readings, dead letters, alerts; each sorted by key): so two writers never
 * wait for each other in a circle.
 */
import type { AlertChange } from "../model/alert.ts";
import type { HostLatest } from "../model/latest.ts";
import { METRICS } from "../model/reading.ts";
import type { DeadLetter } from "../model/record.ts";
import type { Derived, RollupDelta } from "../model/rollup.ts";
import type { Column, SqlValue, Statement } from "./database.ts";
import { arrayLiteral, withoutNul } from "./encode.ts";
import type { HostKeys } from "./host_keys.ts";
import {
  LATEST_COLUMNS,
  MERGE_LATEST_VALUES,
  MERGE_SUMMARIES,
  SUMMARY_COLUMNS,
} from "./metric_columns.ts";

/** Raises each region's newest time. */
export function raiseNewest(latest: readonly HostLatest[], hosts: HostKeys): Statement {
  const newest = new Map<number, number>();
  for (const { region, newestMs } of latest) {
    const key = hosts.regionKey(region);
    if (newestMs > (newest.get(key) ?? -Infinity)) newest.set(key, newestMs);
  }
  return {
    text: `with n as (select * from unnest($1::int[], $2::float8[]) as n(region_key, at_ms)),
      locked as (select g.region_key from rackwatch.regions g join n using (region_key)
        order by g.region_key for update of g)
      update rackwatch.regions g set newest_at = greatest(g.newest_at, to_timestamp(at_ms / 1000))
      from n join locked using (region_key) where g.region_key = n.region_key`,
    values: [[...newest.keys()], [...newest.values()]],
  };
}

/** Merges hosts' latest values into what is stored, by key, so that two writers never wait in a circle. */
export function mergeLatest(latest: readonly HostLatest[], hosts: HostKeys): Statement {
  const values: (SqlValue | Column)[] = [
    Int32Array.from(latest, (one) => hosts.hostKey(one.region, one.hostId)),
    Float64Array.from(latest, (one) => one.newestMs),
  ];
  for (const metric of METRICS) {
    values.push(
      Float64Array.from(latest, (one) => one.metrics[metric]?.value ?? NaN),
      Float64Array.from(latest, (one) => one.metrics[metric]?.atMs ?? NaN),
    );
  }
  return { text: MERGE_LATEST, values };
}

const MERGE_LATEST = `insert into rackwatch.latest as r (${LATEST_COLUMNS})
  select * from unnest($1::int[], $2::float8[], ${
  METRICS.map((_, index) => `$${index * 2 + 3}::float8[], $${index * 2 + 4}::float8[]`).join(", ")
}) as n(${LATEST_COLUMNS}) order by host_key
  on conflict (host_key) do update set ${MERGE_LATEST_VALUES}`;

export function insertDeadLetters(
  table: "dead_letters" | "dead_letters_staged",
  originKey: number,
  letters: readonly DeadLetter[],
): Statement {
  return {
    text: `insert into rackwatch.${table} (origin_key, record_offset, code, detail, raw)
      select $1::int, n.* from unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) as n`,
    values: [
      originKey,
      letters.map((one) => one.offset),
      letters.map((one) => one.code),
      letters.map((one) => withoutNul(one.detail)),
      letters.map((one) => withoutNul(one.raw)),
    ],
  };
}

const ROLLUP_KEYS = "step_s, region_key, host_key, bucket";

export function mergeRollups(deltas: readonly RollupDelta[], hosts: HostKeys): Statement {
  const values: (SqlValue | Column)[] = [
    Int32Array.from(deltas, (one) => one.stepS),
    Int32Array.from(deltas, (one) => hosts.regionKey(one.region)),
    Int32Array.from(
      deltas,
      (one) => one.hostId === null ? 0 : hosts.hostKey(one.region, one.hostId),
    ),
    Float64Array.from(deltas, (one) => one.bucketMs),
    Int32Array.from(deltas, (one) => one.readings),
    deltas.map((one) => histogramLiteral(one.temperatureHistogram)),
  ];
  for (const metric of METRICS) {
    values.push(
      Int32Array.from(deltas, (one) => one.metrics[metric]?.count ?? 0),
      // Whole numbers below 2⁵³, exact in a double.
      Float64Array.from(deltas, (one) => one.metrics[metric]?.sumMicro ?? 0),
      Float64Array.from(deltas, (one) => one.metrics[metric]?.min ?? NaN),
      Float64Array.from(deltas, (one) => one.metrics[metric]?.max ?? NaN),
    );
  }
  return { text: MERGE_ROLLUPS, values };
}

/** Of an insert into `rackwatch.rollups as r`. */
export const MERGE_ON_CONFLICT = `on conflict (${ROLLUP_KEYS}) do update set
    readings = r.readings + excluded.readings,
    temp_bins = rackwatch.merge_bins(r.temp_bins, excluded.temp_bins),
    ${MERGE_SUMMARIES}`;

const MERGE_ROLLUPS = `insert into rackwatch.rollups as r
    (${ROLLUP_KEYS}, readings, temp_bins, ${SUMMARY_COLUMNS})
  select step_s, region_key, host_key, to_timestamp(bucket_ms / 1000), readings,
    temp_bins::bigint[], ${SUMMARY_COLUMNS}
  from unnest($1::int[], $2::int[], $3::int[], $4::float8[], $5::int[], $6::text[], ${
  METRICS.map((_, index) => {
    const first = 7 + index * 4;
    return `$${first}::int[], $${first + 1}::float8[], $${first + 2}::float8[], $${
      first + 3
    }::float8[]`;
  }).join(", ")
})
    as n(step_s, region_key, host_key, bucket_ms, readings, temp_bins, ${SUMMARY_COLUMNS})
  order by step_s, region_key, host_key, bucket_ms
  ${MERGE_ON_CONFLICT}`;

function histogramLiteral(histogram: ReadonlyMap<number, number>): string {
  const pairs: number[] = [];
  for (const [bin, count] of histogram) pairs.push(bin, count);
  return arrayLiteral(pairs);
}

/** Each alert as its last change left it. What an operator acknowledged stays acknowledged. */
export function upsertAlerts(
  table: "alerts" | "alerts_staged",
  originKey: number,
  changes: readonly AlertChange[],
): Statement {
  const last = new Map(changes.map((change) => [change.alert.id, change.alert]));
  const alerts = [...last.values()];
  return {
    text: `insert into rackwatch.${table} (${ALERT_COLUMNS}, origin_key) ${SELECT_ALERTS}
      on conflict (${table === "alerts" ? "" : "origin_key, "}alert_id) do update
        set ${REPLACE_ALERT}`,
    values: [
      originKey,
      alerts.map((one) => withoutNul(one.id)),
      alerts.map((one) => one.rule),
      alerts.map((one) => one.metric),
      alerts.map((one) => withoutNul(one.region)),
      alerts.map((one) => withoutNul(one.hostId)),
      alerts.map((one) => one.severity),
      alerts.map((one) => one.peakSeverity),
      alerts.map((one) => one.value),
      alerts.map((one) => one.peakValue),
      alerts.map((one) => one.limit),
      alerts.map((one) => one.openedAtMs),
      alerts.map((one) => one.updatedAtMs),
      alerts.map((one) => one.closedAtMs),
      alerts.map((one) => one.closedBy),
    ],
  };
}

export const ALERT_COLUMNS = `alert_id, rule, metric, region, host_id, severity, peak_severity,
  value, peak_value, limit_value, opened_at, updated_at, closed_at, closed_by`;

const SELECT_ALERTS = `select alert_id, rule, metric, region, host_id, severity, peak_severity,
    value, peak_value, limit_value, to_timestamp(opened_ms / 1000),
    to_timestamp(updated_ms / 1000), to_timestamp(closed_ms / 1000), closed_by, $1::int
  from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
      $9::float8[], $10::float8[], $11::float8[], $12::float8[], $13::float8[], $14::float8[],
      $15::text[])
    as n(alert_id, rule, metric, region, host_id, severity, peak_severity, value, peak_value,
      limit_value, opened_ms, updated_ms, closed_ms, closed_by)
  order by alert_id`;

/** Everything of an alert that changes while it lives, but for the acknowledgement. */
export const REPLACE_ALERT = [
  "severity",
  "peak_severity",
  "value",
  "peak_value",
  "limit_value",
  "updated_at",
  "closed_at",
  "closed_by",
].map((column) => `${column} = excluded.${column}`).join(", ");

/** Names that `derivedStatements` needs the keys of. */
export function hostsOf({ rollups }: Derived): { region: string; host_id: string }[] {
  const hosts: { region: string; host_id: string }[] = [];
  for (const { region, hostId } of rollups) {
    if (hostId !== null) hosts.push({ region, host_id: hostId });
  }
  return hosts;
}

/** All that is kept beside the readings; nothing for what is empty. */
export function derivedStatements({ rollups, latest }: Derived, hosts: HostKeys): Statement[] {
  const statements: Statement[] = [];
  if (latest.length > 0) {
    statements.push(raiseNewest(latest, hosts), mergeLatest(latest, hosts));
  }
  if (rollups.length > 0) statements.push(mergeRollups(rollups, hosts));
  return statements;
}

/** Dead letters and alerts of a batch; nothing for what is empty. */
export function besideStatements(
  originKey: number,
  deadLetters: readonly DeadLetter[],
  alerts: readonly AlertChange[],
): Statement[] {
  return [
    ...(deadLetters.length === 0
      ? []
      : [insertDeadLetters("dead_letters", originKey, deadLetters)]),
    ...(alerts.length === 0 ? [] : [upsertAlerts("alerts", originKey, alerts)]),
  ];
}
