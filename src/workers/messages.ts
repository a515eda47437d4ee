/**
 * Every message between the main thread and its workers. One home: a thread says nothing that is
 * not in here. Data only: what is posted is cloned.
 */
import type { BatchFile, BatchInput } from "../archive/batch_manifest.ts";
import type { Retention } from "../config.ts";
import type { AlertRule } from "../model/alert.ts";
import type { IngestOutcome } from "../model/ingest.ts";
import type { LiveDelta } from "../model/live_event.ts";
import type {
  BatchStatus,
  GeneratorStatus,
  ReconciliationStatus,
  SpeedStatus,
} from "../model/status.ts";
import type { LogFormat } from "../log.ts";
import type { Address } from "../runtime/address.ts";
import type { CertificateFiles } from "../runtime/certificate.ts";
import type { StoreError } from "../store/database.ts";
import type { LoadProgress } from "./batch/file_chunks.ts";
import type { FileJob, Loaded } from "./batch/loading.ts";
import type { PreviewReport } from "./rebuild/preview.ts";
import type { RebuildReport } from "./rebuild/rebuild_store.ts";
import type { VerifyReport } from "./verify/verify_store.ts";

/** How a worker reaches the hot store. */
export type StoreAccess =
  | { readonly kind: "postgres"; readonly url: string }
  | { readonly kind: "embedded"; readonly port: MessagePort };

/** What every worker is told at its start. */
export interface WorkerBasics {
  readonly version: string;
  readonly dataDir: string;
  readonly logFormat: LogFormat;
}

export interface StoreStart extends WorkerBasics {
  readonly sql: Address | null;
}

export interface SpeedStart extends WorkerBasics {
  readonly store: StoreAccess;
  /** Null: nothing is dialled. */
  readonly feed: Address | null;
  readonly listen: Address | null;
  readonly token: string | null;
  /** Of `listen`; null: in the clear. */
  readonly tls?: CertificateFiles | null;
  readonly rules: readonly AlertRule[];
  /** What becomes of sealed parts and old runs; unless given, they stay as they are. */
  readonly keep?: { readonly compress: boolean; readonly retention: Retention };
  /** Raw `[[source]]` tables, to be parsed by mapping/. */
  readonly sources: readonly unknown[];
  /** Raw `[[scrape]]` and `[[redfish]]` tables. */
  readonly scrapes?: readonly unknown[];
  readonly redfish?: readonly unknown[];
  readonly configFile: string | null;
}

export interface BatchStart extends WorkerBasics {
  readonly store: StoreAccess;
  readonly rules: readonly AlertRule[];
  readonly sources: readonly unknown[];
  readonly configFile: string | null;
  /** The built-in demo sources are loaded too. */
  readonly demo: boolean;
  /** `once`: all files, a report, done. `watch`: goes on looking for new and changed files. */
  readonly mode: "once" | "watch";
}

export interface GeneratorStart extends WorkerBasics {
  readonly feed: Address;
  readonly rate: number;
  readonly hosts: number;
  readonly seed: number;
  /** Rows a region written where there are no history files yet; 0: none. */
  readonly historyRows: number;
}

/** Main → worker. */
export type ToWorker<Start> =
  | { readonly type: "start"; readonly start: Start }
  | { readonly type: "stop" };
/** To every user of the embedded store: its thread was started again, the old port is dead. */
export interface StoreRenewed {
  readonly type: "store_renewed";
  readonly access: StoreAccess;
}

export type ToSpeed =
  | ToWorker<SpeedStart>
  | StoreRenewed
  /** Whole lines of one HTTP request, transferred; answered by `ingested` with the same id. */
  | { readonly type: "ingest"; readonly id: number; readonly lines: Uint8Array };
export type ToStore =
  | ToWorker<StoreStart>
  | { readonly type: "connect"; readonly port: MessagePort };
export type ToBatch =
  | ToWorker<BatchStart>
  | StoreRenewed
  /** A rebuild has put another store in place. */
  | { readonly type: "store_replaced" };
export type ToGenerator =
  | ToWorker<GeneratorStart>
  | { readonly type: "set_rate"; readonly rate: number };

/** Worker → main, from every worker. */
export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "stopped" }
  /** It can't go on and a restart would not help: the process ends with this exit code. */
  | { readonly type: "fatal"; readonly message: string; readonly exitCode: number }
  /** It failed; a restart may help. */
  | { readonly type: "failed"; readonly message: string };

export type FromStore =
  | FromWorker
  | {
    readonly type: "opened";
    readonly where: string;
    readonly sql: string | null;
    /** Where a store that did not open was moved; null when it opened. */
    readonly movedAside: string | null;
  };

export type FromSpeed =
  | FromWorker
  | { readonly type: "ingested"; readonly id: number; readonly outcome: IngestOutcome }
  | { readonly type: "delta"; readonly delta: LiveDelta }
  | {
    readonly type: "status";
    readonly status: SpeedStatus;
    /** Why the hot store can't be written now; null while it can. */
    readonly storeError: string | null;
    /** When agents with a token of their own sent something over a connection, epoch ms by name. */
    readonly agentsHeard: ReadonlyMap<string, number>;
  };

/** One history file's outcome. */
export interface FileReport {
  readonly source: string;
  readonly path: string;
  readonly state: "loaded" | "replaced" | "known" | "refused";
  readonly detail: string | null;
  readonly bytes: number;
  readonly rowsRead: number;
  readonly rowsLoaded: number;
  readonly rowsRejected: number;
  readonly rejectsByCode: Readonly<Record<string, number>>;
  readonly unknownColumns: readonly string[];
  /** Local times that a DST change repeats or skips, resolved by the stated rule. */
  readonly dstRepeated: number;
  readonly dstSkipped: number;
}

export interface BatchReport {
  readonly runId: string | null;
  readonly files: readonly FileReport[];
  readonly rowsRead: number;
  readonly rowsLoaded: number;
  readonly rowsRejected: number;
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** Null where the pass was not asked to reconcile live runs. */
  readonly reconciliation: ReconciliationStatus | null;
}

export type FromBatch =
  | FromWorker
  | { readonly type: "status"; readonly status: BatchStatus }
  /** Rows were loaded or replaced: what is derived from the store is to be read anew. */
  | { readonly type: "changed" }
  | { readonly type: "reconciliation"; readonly status: ReconciliationStatus }
  | { readonly type: "report"; readonly report: BatchReport };

/** What a loader is told at its start: a thread that loads history files beside the batch layer's. */
export interface LoaderStart extends WorkerBasics {
  readonly store: StoreAccess;
  readonly rules: readonly AlertRule[];
}

/** What the batch run under way does for a loader; each is answered. */
export type LoaderAsk =
  /** The name of a file of readings, to be begun now. */
  | { readonly kind: "begin" }
  | { readonly kind: "end"; readonly file: BatchFile }
  | { readonly kind: "dead_letters"; readonly lines: readonly string[] }
  | { readonly kind: "input"; readonly input: BatchInput }
  | { readonly kind: "sync" };

/** What went wrong, so that the other thread can throw it again. */
export type LoaderFailure =
  | { readonly kind: "changed" | "stopped"; readonly path: string }
  | {
    readonly kind: "store";
    readonly code: StoreError["code"];
    readonly message: string;
    readonly sqlState: string | null;
  }
  | { readonly kind: "archive"; readonly what: string; readonly reason: string };

export type ToLoader =
  | ToWorker<LoaderStart>
  /** Readings go into files of this run from here on. */
  | { readonly type: "begin_run"; readonly runId: string; readonly runDirectory: string }
  | { readonly type: "load"; readonly job: FileJob }
  /** The load under way is to end without its file. */
  | { readonly type: "cancel" }
  /** Its files are to be whole and closed. */
  | { readonly type: "end_run" }
  | {
    readonly type: "answer";
    readonly id: number;
    readonly name: string;
    readonly failure: LoaderFailure | null;
  };

export type FromLoader =
  | FromWorker
  | { readonly type: "ask"; readonly id: number; readonly ask: LoaderAsk }
  | { readonly type: "progress"; readonly progress: LoadProgress }
  | { readonly type: "loaded"; readonly loaded: Loaded }
  | { readonly type: "not_loaded"; readonly failure: LoaderFailure }
  | { readonly type: "run_ended"; readonly failure: LoaderFailure | null };

export type FromGenerator =
  | FromWorker
  | { readonly type: "status"; readonly status: GeneratorStatus }
  | { readonly type: "history_written"; readonly files: number }
  /** The feed is served; dial this. `foreign`: another program already serves that address. */
  | { readonly type: "feed"; readonly address: Address; readonly foreign: boolean };

/** What the upkeep worker does beside the others, one at a time. */
export type UpkeepJob = "verify" | "rebuild" | "preview";

export interface UpkeepStart extends WorkerBasics {
  readonly store: StoreAccess;
  readonly rules: readonly AlertRule[];
  readonly sources: readonly unknown[];
  readonly configFile: string | null;
  readonly demo: boolean;
}

export interface UpkeepProgress {
  /** What is being done, in words: `comparing`. */
  readonly step: string;
  /** 0–1 of that step. */
  readonly fraction: number;
  /** Lines or rows done, for the rate. */
  readonly lines: number;
  /** Run or file. */
  readonly what: string;
}

export type ToUpkeep =
  | ToWorker<UpkeepStart>
  | StoreRenewed
  | { readonly type: "run"; readonly job: UpkeepJob; readonly id: number }
  | { readonly type: "cancel"; readonly id: number };

export type FromUpkeep =
  | FromWorker
  | { readonly type: "progress"; readonly id: number; readonly progress: UpkeepProgress }
  /** Null: it was cancelled. */
  | { readonly type: "done"; readonly id: number; readonly result: UpkeepResult | null }
  | { readonly type: "broken"; readonly id: number; readonly message: string };

export type UpkeepResult =
  | { readonly job: "verify"; readonly report: VerifyReport }
  | { readonly job: "rebuild"; readonly report: RebuildReport }
  | { readonly job: "preview"; readonly report: PreviewReport };
