/** Bytes of strangers through the live walk: framing, forms, mapping, rates, names. */
import type { Fields } from "../../src/model/record.ts";
import { LineFramer } from "../../src/sources/line_framer.ts";
import { liveMapping } from "../../src/workers/speed/live_mapping.ts";
import { IgnoredNames } from "../../src/workers/speed/ignored_names.ts";
import { type Normalise, normaliseBlock } from "../../src/workers/speed/normalise_block.ts";
import type { NormalisedBlock } from "../../src/workers/speed/pending_batch.ts";
import { CounterRates } from "../../src/workers/speed/rates/counter_rates.ts";

export const ARRIVAL_MS = Date.UTC(2026, 10, 28, 12);

export interface Walked {
  readonly slices: readonly NormalisedBlock[];
  /** What became of records: readings, dead letters and ignored ones, in order of place. */
  readonly outcomes: readonly unknown[];
  readonly ignored: number;
  /** Lines that the framer handed on. */
  readonly lines: number;
}

/** Of all walks; a mapping remembers shapes of lines. */
const { normalise: shared } = liveMapping([], "test");

export const freshNormalise = () => liveMapping([], "test").normalise;

export function walk(chunks: readonly Uint8Array[], normalise: Normalise = shared): Walked {
  const rates = new CounterRates();
  const names = new IgnoredNames();
  const framer = new LineFramer();
  const slices: NormalisedBlock[] = [];
  let offset = 0;
  let lines = 0;
  const take = (block: ReturnType<LineFramer["push"]>) => {
    if (block === null) return;
    const placed = { part: 0, offset, arrivalMs: ARRIVAL_MS, block };
    const ignored = (fields: Fields) => {
      names.count(fields);
      rates.observe(fields, ARRIVAL_MS);
    };
    slices.push(...normaliseBlock(placed, normalise, { ignored }));
    for (const line of rates.takeLines()) JSON.parse(line);
    offset += block.bytes.length;
    lines += block.ends.length;
  };
  for (const chunk of chunks) take(framer.push(chunk));
  take(framer.end());
  const ignored = slices.reduce((sum, slice) => sum + slice.ignored, 0);
  const outcomes = slices.flatMap(({ readings, deadLetters }) => [...readings, ...deadLetters])
    .sort((a, b) => a.offset - b.offset);
  return { slices, outcomes, ignored, lines };
}
