/** What was rejected, the newest first: where it lies, which rule, and the raw text. */
import type { Layer } from "../../model/origin.ts";
import { isoUtc } from "../../model/iso_time.ts";
import type { DeadLetterCode } from "../../model/record.ts";
import type { Database } from "../database.ts";

export interface DeadLetterJson {
  /** The file: a part of the live archive, or a history file. With `offset` it finds the bytes. */
  readonly source: string;
  /** The source's declared name. */
  readonly source_name: string;
  readonly layer: Layer;
  readonly run_id: string;
  readonly offset: number;
  readonly code: DeadLetterCode;
  readonly detail: string;
  readonly raw: string;
  /** When it was stored, ISO UTC. */
  readonly at: string;
}

export interface DeadLettersWanted {
  /** Null: every one. */
  readonly code: DeadLetterCode | null;
  /** The declared name. */
  readonly source: string | null;
  readonly layer: Layer | null;
}

const EVERY_ONE: DeadLettersWanted = { code: null, source: null, layer: null };

export async function queryDeadLetters(
  database: Database,
  limit: number,
  { code, source, layer }: DeadLettersWanted = EVERY_ONE,
): Promise<DeadLetterJson[]> {
  const isAll = code === null && source === null && layer === null;
  const rows = await database.query<Omit<DeadLetterJson, "at"> & { at: number } & Rows>(
    `select o.path as source, o.source as source_name, o.layer, o.run_id,
      d.record_offset as "offset", d.code, d.detail, d.raw, d.at
    from ${isAll ? "rackwatch.dead_letters" : NEWEST_OF_EACH} d
    join rackwatch.origins o using (origin_key)
    order by d.dead_letter_key desc limit $1::int`,
    isAll ? [limit] : [limit, code, source, layer],
  );
  return rows.map((row) => ({ ...row, at: isoUtc(row.at) }));
}

/**
 * The newest letters lie among those origins and rules whose own newest one is the newest. Of these
 * only keys are looked through.
 */
const NEWEST_OF_EACH = `(select whole.* from (
    select newest.dead_letter_key from (
      select c.origin_key, c.code
      from rackwatch.dead_letter_counts c join rackwatch.origins o using (origin_key)
      where ($2::text is null or c.code = $2::text) and ($3::text is null or o.source = $3::text)
        and ($4::text is null or o.layer = $4::text)
      order by c.newest_key desc limit $1::int
    ) as groups
    cross join lateral (
      select l.dead_letter_key from rackwatch.dead_letters l
      where l.origin_key = groups.origin_key and l.code = groups.code
      order by l.dead_letter_key desc limit $1::int
    ) as newest
    order by newest.dead_letter_key desc limit $1::int
  ) as found
  join rackwatch.dead_letters whole using (dead_letter_key))`;

/** How many of one rule came from one source. */
export interface DeadLetterGroupJson {
  readonly layer: Layer;
  /** The source's declared name. */
  readonly source_name: string;
  readonly code: DeadLetterCode;
  readonly count: number;
  /** When the first and the newest of them were stored, ISO UTC. */
  readonly first: string;
  readonly last: string;
}

/** Those with the most first. Costs by origins and rules, whatever number of letters there is. */
export async function summariseDeadLetters(database: Database): Promise<DeadLetterGroupJson[]> {
  type Row = Omit<DeadLetterGroupJson, "first" | "last"> & { first: number; last: number } & Rows;
  const rows = await database.query<Row>(
    `select o.layer, o.source as source_name, c.code, sum(c.letters)::bigint as count,
      min(c.first_at) as first, max(c.last_at) as last
    from rackwatch.dead_letter_counts c join rackwatch.origins o using (origin_key)
    group by o.layer, o.source, c.code
    order by count desc, o.layer, o.source collate "C", c.code collate "C"`,
  );
  return rows.map((row) => ({ ...row, first: isoUtc(row.first), last: isoUtc(row.last) }));
}

type Rows = Record<string, unknown>;
