/** Entry point of the batch layer's thread. */
import { REAL_CLOCK } from "../runtime/clock.ts";
import { REAL_FILES } from "../runtime/files.ts";
import type { Log } from "../log.ts";
import type { RenewableDatabase } from "../store/renewable_database.ts";
import { BatchLayer } from "./batch/layer.ts";
import { LoaderPool, loadersFor } from "./batch/loader_pool.ts";
import type { BatchStart, FromBatch, ToBatch } from "./messages.ts";
import { Reconciliation } from "./reconcile/reconciliation.ts";
import { openDatabase, renewDatabase } from "./store_access.ts";
import { hostWorker } from "./worker_host.ts";

let layer: BatchLayer | null = null;
let loaders: LoaderPool | null = null;
let opened: { readonly database: RenewableDatabase; readonly log: Log } | null = null;
let reconciling: Promise<void> | null = null;
const stopping = new AbortController();

hostWorker<BatchStart, ToBatch, FromBatch>({
  area: "batch",
  start: async (start, { log, post }) => {
    const database = openDatabase(start.store, log);
    opened = { database, log };
    const tools = { database, files: REAL_FILES, clock: REAL_CLOCK, log };
    const reconciliation = new Reconciliation(start, { ...tools, post });
    loaders = loadersOf(start);
    layer = new BatchLayer(start, {
      ...tools,
      ...(loaders === null ? {} : { loaders }),
      post: (message) => {
        if (message.type !== "report") return post(message);
        reconciling = reconciliation.once(stopping.signal).then((found) =>
          post({ type: "report", report: { ...message.report, reconciliation: found } })
        );
      },
    });
    layer.start();
    if (start.mode === "watch") reconciling = reconciliation.watch(stopping.signal);
  },
  stop: async () => {
    stopping.abort();
    await Promise.all([layer?.stop(), reconciling]);
    loaders?.stop();
    await opened?.database.close();
  },
}, (message) => {
  if (message.type === "store_renewed" && opened !== null) {
    renewDatabase(opened.database, message.access, opened.log);
  }
  // What was seen loaded may not be in this one.
  layer?.forget();
});

/** Side by side only where all is loaded at once; and a store of one session takes turns anyway. */
function loadersOf({ version, dataDir, logFormat, store, rules, mode }: BatchStart) {
  if (mode !== "once" || store.kind !== "postgres") return null;
  const start = { version, dataDir, logFormat, store, rules };
  return new LoaderPool(start, loadersFor(navigator.hardwareConcurrency));
}
