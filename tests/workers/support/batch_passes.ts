/** The batch layer in this thread: once over a data directory, or watching it. */
import { type Log, SILENT_LOG } from "../../../src/log.ts";
import { DEFAULT_ALERT_RULES } from "../../../src/model/alert.ts";
import type { BatchStatus } from "../../../src/model/status.ts";
import { type Clock, REAL_CLOCK } from "../../../src/runtime/clock.ts";
import { type FileSystem, REAL_FILES } from "../../../src/runtime/files.ts";
import type { Database } from "../../../src/store/database.ts";
import type { BatchReport, BatchStart, FromBatch } from "../../../src/workers/messages.ts";
import type { LoaderPool } from "../../../src/workers/batch/loader_pool.ts";
import { BatchLayer } from "../../../src/workers/batch/layer.ts";

export interface PassOptions {
  readonly dataDir: string;
  readonly database: Database;
  /** Of `rackwatch.toml`. */
  readonly toml?: string;
  readonly clock?: Clock;
  readonly files?: FileSystem;
  readonly log?: Log;
  /** Where files are loaded side by side. */
  readonly loaders?: LoaderPool;
  /** Told of each message as it is posted, in the turn of the posting. */
  readonly onMessage?: (message: FromBatch) => void;
}

export interface Watching {
  readonly layer: BatchLayer;
  readonly messages: readonly FromBatch[];
  status(): BatchStatus | null;
}

export function startBatch(options: PassOptions, mode: BatchStart["mode"]): Watching {
  const messages: FromBatch[] = [];
  const { source = [] } = Bun.TOML.parse(options.toml ?? "") as { source?: unknown[] };
  const settings: BatchStart = {
    version: "0.0.0",
    dataDir: options.dataDir,
    logFormat: "json",
    // The database is handed over below, opened.
    store: { kind: "postgres", url: "postgres://nowhere" },
    rules: DEFAULT_ALERT_RULES,
    sources: source,
    configFile: "rackwatch.toml",
    demo: options.toml === undefined,
    mode,
  };
  const layer = new BatchLayer(settings, {
    database: options.database,
    files: options.files ?? REAL_FILES,
    clock: options.clock ?? REAL_CLOCK,
    log: options.log ?? SILENT_LOG,
    ...(options.loaders === undefined ? {} : { loaders: options.loaders }),
    post: (message) => {
      messages.push(message);
      options.onMessage?.(message);
    },
  });
  layer.start();
  const status = () => {
    const last = messages.findLast((one) => one.type === "status");
    return last?.type === "status" ? last.status : null;
  };
  return { layer, messages, status };
}

/** One pass over everything. The built-in sources where no configuration is given. */
export async function loadOnce(options: PassOptions): Promise<BatchReport> {
  const { layer, messages } = startBatch(options, "once");
  await layer.finished;
  const report = messages.find((one) => one.type === "report");
  if (report?.type !== "report") throw new Error(`no report: ${JSON.stringify(messages.at(-1))}`);
  return report.report;
}
