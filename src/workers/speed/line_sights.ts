/** What watches the lines of blocks on their way, source by source. */
import type { Mapping } from "../../mapping/normaliser.ts";
import type { Fields, Normalised, RawRecord } from "../../model/record.ts";
import type { PlacedBlock } from "./normalise_block.ts";

export interface LineSights {
  /** What follows is of this block. */
  begin(placed: PlacedBlock): void;
  /** A record that went the usual way, and what became of it. */
  record(mapping: Mapping, record: RawRecord, value: Normalised | null): void;
  /** So many lines of one shape that became readings the short way; `fields` is one of it. */
  lines(fields: Fields, count: number, offset: number): void;
}
