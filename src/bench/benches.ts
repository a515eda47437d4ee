/** Every benchmark by its name. */
import { benchBatch } from "./batch.ts";
import { CURVE_BENCHES } from "./curves.ts";
import { benchFanout } from "./fanout.ts";
import { benchIngest } from "./ingest.ts";
import { benchLatency } from "./latency.ts";
import type { Bench } from "./options.ts";
import { benchQuery } from "./query.ts";
import { benchRebuild } from "./rebuild.ts";
import type { BenchResult } from "./result.ts";
import { benchSoak } from "./soak.ts";
import { benchStart } from "./start.ts";
import { benchStorage } from "./storage.ts";

export const BENCHES: Readonly<Record<string, Bench<BenchResult>>> = {
  ingest: benchIngest,
  batch: benchBatch,
  rebuild: benchRebuild,
  query: benchQuery,
  latency: benchLatency,
  fanout: benchFanout,
  storage: benchStorage,
  soak: benchSoak,
  start: benchStart,
  ...CURVE_BENCHES,
};
