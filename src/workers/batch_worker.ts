/** Entry point of the batch layer's thread. */
import { REAL_CLOCK } from "../runtime/clock.ts";
import { REAL_FILES } from "../runtime/files.ts";
import type { Database } from "../store/database.ts";
import { BatchLayer } from "./batch/layer.ts";
import type { BatchStart, FromBatch, ToWorker } from "./messages.ts";
import { openDatabase } from "./store_access.ts";
import { hostWorker } from "./worker_host.ts";

let layer: BatchLayer | null = null;
let database: Database | null = null;

hostWorker<BatchStart, ToWorker<BatchStart>, FromBatch>({
  area: "batch",
  start: async (start, { log, post }) => {
    database = openDatabase(start.store, log);
    layer = new BatchLayer(start, {
      database,
      files: REAL_FILES,
      clock: REAL_CLOCK,
      log,
      post,
    });
    layer.start();
  },
  stop: async () => {
    await layer?.stop();
    await database?.close();
  },
});
