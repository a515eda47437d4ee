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

export async function queryDeadLetters(
  database: Database,
  limit: number,
): Promise<DeadLetterJson[]> {
  const rows = await database.query<Omit<DeadLetterJson, "at"> & { at: number } & Rows>(
    `select o.path as source, o.source as source_name, o.layer, o.run_id,
      d.record_offset as "offset", d.code, d.detail, d.raw, d.at
    from rackwatch.dead_letters d join rackwatch.origins o using (origin_key)
    order by d.dead_letter_key desc limit $1::int`,
    [limit],
  );
  return rows.map((row) => ({ ...row, at: isoUtc(row.at) }));
}

type Rows = Record<string, unknown>;
