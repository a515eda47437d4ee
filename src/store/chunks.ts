/**
 * Readings → chunks, as `rackwatch.chunks` holds them: up to CHUNK_READINGS of one region, ordered by
 * host and within a host as they came. One statement whatever their number: whole columns go out,
 * and the server cuts them.
 *
 * The order is what makes a host's readings cheap to find without an index entry each: of a batch
 * cut into n chunks, one or two can hold the host.
 */
import type { Reading } from "../model/reading.ts";
import type { Tiers } from "../model/rollup.ts";
import type { Column, Statement } from "./database.ts";
import type { HostKeys } from "./host_keys.ts";

export const CHUNK_READINGS = 1_000;
/** Times and offsets in a chunk are 32-bit, from its first. */
const SPAN_MAX = 2 ** 31 - 1;
/** Places in a batch fit below it, and host_key · PLACES in 53 bits. */
const PLACES = 2 ** 20;

export type ChunksTable = "chunks" | "chunks_staged";

export function insertChunks(
  table: ChunksTable,
  originKey: number,
  { readings, tiers }: { readonly readings: readonly Reading[]; readonly tiers: Tiers },
  hosts: HostKeys,
): Statement {
  const batch = byHost(readings, hosts);
  const chunks = cut(batch);
  return {
    text: `insert into rackwatch.${table}
      select first_ms, last_ms, first_offset, last_offset, $1::int, region_key, first_host,
        last_host, end_at - begin_at, ${slice("$11::int[]")}, ${slice("$12::int[]")},
        ${slice("$13::int[]")}, ${slice("$14::float8[]")}, ${slice("$15::float8[]")},
        ${slice("$16::float8[]")}, ${slice("$17::float8[]")},
        case when flagged then ${slice("$18::smallint[]")} end, $20::int, $21::int
      from unnest($2::int[], $3::int[], $4::int[], $5::int[], $6::int[], $7::bigint[],
          $8::bigint[], $9::bigint[], $10::bigint[], $19::bool[])
        as c(begin_at, end_at, region_key, first_host, last_host, first_ms, last_ms, first_offset,
          last_offset, flagged)`,
    values: [
      originKey,
      chunks.map((one) => one.begin),
      chunks.map((one) => one.end),
      chunks.map((one) => batch.regionKeys[one.begin]!),
      chunks.map((one) => batch.hostKeys[one.begin]!),
      chunks.map((one) => batch.hostKeys[one.end - 1]!),
      chunks.map((one) => one.firstMs),
      chunks.map((one) => one.lastMs),
      chunks.map((one) => one.firstOffset),
      chunks.map((one) => one.lastOffset),
      ...columnsOf(batch, chunks),
      chunks.map((one) => one.isFlagged),
      tiers.regionS,
      tiers.hostS,
    ],
  };
}

function slice(column: string): string {
  return `(${column})[begin_at + 1:end_at]`;
}

interface Ordered {
  readonly readings: readonly Reading[];
  readonly regionKeys: Int32Array;
  readonly hostKeys: Int32Array;
}

/** By region, then by host, then as they came. */
function byHost(readings: readonly Reading[], hosts: HostKeys): Ordered {
  const ordered: Reading[] = [];
  const regionKeys = new Int32Array(readings.length);
  const hostKeys = new Int32Array(readings.length);
  for (const [regionKey, packed] of packedByRegion(readings, hosts)) {
    for (const one of Float64Array.from(packed).sort()) {
      const place = one % PLACES;
      regionKeys[ordered.length] = regionKey;
      hostKeys[ordered.length] = (one - place) / PLACES;
      ordered.push(readings[place]!);
    }
  }
  return { readings: ordered, regionKeys, hostKeys };
}

/** Numbers whose order is that of the hosts, and of one host's readings as they came. */
function packedByRegion(readings: readonly Reading[], hosts: HostKeys): Map<number, number[]> {
  const byRegion = new Map<number, number[]>();
  let region: string | null = null;
  let packed: number[] = [];
  for (let place = 0; place < readings.length; place++) {
    const reading = readings[place]!;
    if (reading.region !== region) {
      region = reading.region;
      const key = hosts.regionKey(region);
      packed = byRegion.get(key) ?? [];
      byRegion.set(key, packed);
    }
    packed.push(hosts.hostKey(region, reading.host_id, reading.series) * PLACES + place);
  }
  return byRegion;
}

/** Readings [begin, end) of the ordered batch. */
class Chunk {
  end: number;
  firstMs = Infinity;
  lastMs = -Infinity;
  firstOffset = Infinity;
  lastOffset = -Infinity;
  isFlagged = false;

  constructor(readonly begin: number) {
    this.end = begin;
  }

  /** Adds the reading at `end`; false where it does not fit. */
  add({ atMs, offset, flags }: Reading): boolean {
    const firstMs = Math.min(this.firstMs, atMs), lastMs = Math.max(this.lastMs, atMs);
    const firstOffset = Math.min(this.firstOffset, offset);
    const lastOffset = Math.max(this.lastOffset, offset);
    if (this.end - this.begin >= CHUNK_READINGS) return false;
    if (lastMs - firstMs > SPAN_MAX || lastOffset - firstOffset > SPAN_MAX) return false;
    this.firstMs = firstMs;
    this.lastMs = lastMs;
    this.firstOffset = firstOffset;
    this.lastOffset = lastOffset;
    this.isFlagged ||= flags !== 0;
    this.end++;
    return true;
  }
}

function cut({ readings, regionKeys }: Ordered): Chunk[] {
  const chunks: Chunk[] = [];
  let chunk: Chunk | null = null;
  for (let index = 0; index < readings.length; index++) {
    const reading = readings[index]!;
    const isSameRegion = chunk !== null && regionKeys[chunk.begin] === regionKeys[index];
    if (chunk !== null && isSameRegion && chunk.add(reading)) continue;
    chunk = new Chunk(index);
    chunk.add(reading);
    chunks.push(chunk);
  }
  return chunks;
}

/** In the order of the table's columns. */
function columnsOf({ readings, hostKeys }: Ordered, chunks: readonly Chunk[]): Column[] {
  const length = readings.length;
  const at = new Int32Array(length), offset = new Int32Array(length);
  const temperature = new Float64Array(length), load = new Float64Array(length);
  const voltage = new Float64Array(length), power = new Float64Array(length);
  // Read of flagged chunks only, which are few.
  const flags = new Int16Array(chunks.some(({ isFlagged }) => isFlagged) ? length : 0);
  for (const { begin, end, firstMs, firstOffset, isFlagged } of chunks) {
    for (let index = begin; index < end; index++) {
      const reading = readings[index]!;
      at[index] = reading.atMs - firstMs;
      offset[index] = reading.offset - firstOffset;
      temperature[index] = reading.temp_c ?? NaN;
      load[index] = reading.cpu_load ?? NaN;
      voltage[index] = reading.voltage ?? NaN;
      power[index] = reading.power_watts ?? NaN;
      if (isFlagged) flags[index] = reading.flags;
    }
  }
  return [at, offset, hostKeys, temperature, load, voltage, power, flags];
}
