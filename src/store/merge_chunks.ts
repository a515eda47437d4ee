/**
 * Chunks of small batches → chunks as a full batch is cut into. A feed of 10,000 readings a second
 * closes four batches a second, and each host is in half of them: an hour of one host lay in 7,200
 * chunks. Merged, in 1,800, and small fleets have a chunk a minute in place of one a batch.
 *
 * Only what came one after the other, at about the same time: else a question for a minute would
 * open more chunks than before. Readings that are thin in the rollups are asked for as rows over
 * longer times, and so few come that ten minutes of them are merged. And only once it is rolled up: a
 * chunk lies on one side of its origin's mark (settle.ts). Batches that are large already stay as
 * they are, since writing them twice would cost the rate at which they come.
 */
import type { Reading } from "../model/reading.ts";
import { METRICS } from "../model/reading.ts";
import { FINEST_TIERS, type Tiers } from "../model/rollup.ts";
import { CHUNK_READINGS } from "./chunks.ts";
import type { Statement } from "./database.ts";

/** A merge takes 2 µs a reading of the writer's time. */
const READINGS_MAX = 20_000;
/** Fewer batches are not worth it. */
const BATCHES_MIN = 4;
/** Between the middles of the first batch and the last. */
const APART_MS_MAX = 30_000;
const APART_THIN_MS_MAX = 600_000;
/** Readings further than this from the middles are late or early; chunks with them stay. */
const LATE_MS = 15_000;
/** With one writing; where many wait a quarter of them, which is a second and a half at most. */
const AT_ONCE = 4;
const AT_ONCE_MAX = 40;
/** Groups that wait for their turn; of more, the oldest stay as they are. */
const WAITING_MAX = 1_000;

/** Batches of one origin that follow one another. */
export interface ChunkGroup {
  readonly originKey: number;
  readonly batches: number;
  readonly readings: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly tiers: Tiers;
}

export class SmallBatches {
  #open: ChunkGroup | null = null;
  #waiting: ChunkGroup[] = [];

  /** A batch was committed. */
  add(originKey: number, readings: readonly Reading[], tiers: Tiers): void {
    if (readings.length === 0) return;
    if (readings.length * BATCHES_MIN > READINGS_MAX) return this.#leave();
    const batch = groupOf(originKey, readings, tiers);
    const joined = this.#open === null ? null : join(this.#open, batch);
    if (joined === null) this.#close();
    this.#open = joined ?? batch;
  }

  /** Some groups that nothing will be added to, the oldest. They are due until `merged`. */
  due(): readonly ChunkGroup[] {
    const count = Math.min(Math.max(AT_ONCE, Math.ceil(this.#waiting.length / 4)), AT_ONCE_MAX);
    return this.#waiting.slice(0, count);
  }

  merged(groups: readonly ChunkGroup[]): void {
    this.#waiting = this.#waiting.filter((group) => !groups.includes(group));
  }

  forget(): void {
    this.#open = null;
    this.#waiting = [];
  }

  /** A batch that stays as it is; what comes after it is a group of its own. */
  #leave(): void {
    this.#close();
    this.#open = null;
  }

  #close(): void {
    if (this.#open === null || this.#open.batches < BATCHES_MIN) return;
    this.#waiting.push(this.#open);
    if (this.#waiting.length > WAITING_MAX) this.#waiting.shift();
  }
}

function groupOf(originKey: number, readings: readonly Reading[], tiers: Tiers): ChunkGroup {
  const middleMs = readings[readings.length >> 1]!.atMs;
  let firstOffset = Infinity;
  let lastOffset = -Infinity;
  for (const { offset } of readings) {
    if (offset < firstOffset) firstOffset = offset;
    if (offset > lastOffset) lastOffset = offset;
  }
  return {
    originKey,
    batches: 1,
    readings: readings.length,
    firstOffset,
    lastOffset,
    firstMs: middleMs,
    lastMs: middleMs,
    tiers,
  };
}

/** Null: they do not belong together. */
function join(group: ChunkGroup, next: ChunkGroup): ChunkGroup | null {
  const joined = {
    originKey: group.originKey,
    batches: group.batches + next.batches,
    readings: group.readings + next.readings,
    firstOffset: group.firstOffset,
    lastOffset: next.lastOffset,
    firstMs: Math.min(group.firstMs, next.firstMs),
    lastMs: Math.max(group.lastMs, next.lastMs),
    tiers: group.tiers,
  };
  const isThin = group.tiers.hostS > FINEST_TIERS.hostS;
  const fits = next.originKey === group.originKey && next.firstOffset > group.lastOffset &&
    next.tiers.regionS === group.tiers.regionS && next.tiers.hostS === group.tiers.hostS &&
    joined.readings <= READINGS_MAX &&
    joined.lastMs - joined.firstMs <= (isThin ? APART_THIN_MS_MAX : APART_MS_MAX);
  return fits ? joined : null;
}

/** The group's chunks out, the same readings in, ordered by host over all of them. */
export function mergeChunks(group: ChunkGroup): Statement {
  return {
    text: MERGE,
    values: [
      group.originKey,
      group.firstOffset,
      group.lastOffset,
      group.firstMs - LATE_MS,
      group.lastMs + LATE_MS,
      group.tiers.regionS,
      group.tiers.hostS,
    ],
  };
}

const VALUES = ["host_key", ...METRICS, "flags"];
const BEGIN = `part * ${CHUNK_READINGS} + 1`;
const END = `least((part + 1) * ${CHUNK_READINGS}, readings)`;
const slice = (column: string) => `${column}[${BEGIN}:${END}]`;
const sinceFirst = (column: string, first: string) =>
  `array(select (value - ${first})::int from unnest(${slice(column)}) as value)`;

// Sorted once: the aggregates take the rows in the order in which they come.
const MERGE = `with taken as (
    delete from rackwatch.chunks
    where origin_key = $1::int and first_offset >= $2::bigint and last_offset <= $3::bigint
      and first_ms >= $4::bigint and last_ms <= $5::bigint
    returning *
  ), columns as (
    select region_key, count(*)::int as readings, array_agg(ms) as ms,
      array_agg(place) as place, ${VALUES.map((name) => `array_agg(${name}) as ${name}`).join(", ")}
    from (
      select c.region_key, c.first_ms + r.at_ms as ms, c.first_offset + r.record_offset as place,
        r.host_key, ${METRICS.map((name) => `r.${name}`).join(", ")},
        coalesce(r.flags, 0::smallint) as flags
      from taken c cross join lateral unnest(c.at_ms, c.record_offset, ${
  VALUES.map((name) => `c.${name}`).join(", ")
}) as r(at_ms, record_offset, ${VALUES.join(", ")})
      order by c.region_key, r.host_key, place
    ) as ordered
    group by region_key
  )
  insert into rackwatch.chunks
  select first_ms, last_ms, first_offset, last_offset, $1::int, region_key,
    host_key[${BEGIN}], host_key[${END}], ${END} - part * ${CHUNK_READINGS},
    ${sinceFirst("ms", "first_ms")}, ${sinceFirst("place", "first_offset")},
    ${["host_key", ...METRICS].map(slice).join(", ")},
    case when 0 <> any(${slice("flags")}) then ${slice("flags")} end, $6::int, $7::int
  from columns
  cross join lateral generate_series(0, (readings - 1) / ${CHUNK_READINGS}) as part
  cross join lateral (select min(value) as first_ms, max(value) as last_ms
    from unnest(${slice("ms")}) as value) as time
  cross join lateral (select min(value) as first_offset, max(value) as last_offset
    from unnest(${slice("place")}) as value) as bounds`;
