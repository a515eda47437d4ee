/** Every benchmark by its name. */
import { benchIngest } from "./ingest.ts";
import type { Bench } from "./options.ts";
import { benchQuery } from "./query.ts";
import type { BenchResult } from "./result.ts";

export const BENCHES: Readonly<Record<string, Bench<BenchResult>>> = {
  ingest: benchIngest,
  query: benchQuery,
};
