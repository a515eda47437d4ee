/**
 * What the server is given: the layers' state, the hub, the hot store and a few actions, all as
 * functions, so that it neither starts nor owns any of them. The composition builds one
 * `ServerContext`; every route takes it as its only argument.
 */
import type { ClientAssets } from "../assets/client_assets.ts";
import type { Log } from "../log.ts";
import type { AlertRule } from "../model/alert.ts";
import type { IngestDoor } from "../model/ingest.ts";
import type { Board, Frame } from "../model/live_event.ts";
import type { FoundRecord } from "../model/origin.ts";
import type { SourceHealth } from "../model/source_health.ts";
import type { Status } from "../model/status.ts";
import type { Address } from "../runtime/address.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Database } from "../store/database.ts";
import type { ReadingOrigin } from "../store/queries/reading_origins.ts";
import type { AgentTokenList } from "./agent_access.ts";
import type { LoopLag } from "./loop_lag.ts";

export interface ServerConfig {
  /** Where it listens; decides which host names it answers to. */
  readonly http: Address;
  /** Null: no login, which only a loopback address may have. */
  readonly token: string | null;
  /** The simulated fleet feeds it. */
  readonly demo: boolean;
  /** Further names in `Host` that it answers to, without port: `rackwatch.example.org`. */
  readonly allowedHosts: readonly string[];
}

/** One run of the archive; what `archive/catalogue.ts` lists fits as it is. Times are epoch ms. */
export interface ArchivedRun {
  readonly runId: string;
  readonly kind: "live" | "batch";
  readonly state: "open" | "closed" | "interrupted" | "damaged";
  readonly startedAtMs: number;
  readonly closedAtMs: number | null;
  readonly firstArrivalMs: number | null;
  readonly lastArrivalMs: number | null;
  readonly lines: number;
  readonly bytes: number;
  /** Readings and rejects that came of the lines; null where only the hot store knows. */
  readonly rows: number | null;
  readonly rejects: number | null;
  readonly parts: number;
  /** What retention deleted of them. */
  readonly deletedParts: number;
  /** Columns of a batch run's files that no mapping knew. */
  readonly unknownColumns: readonly string[];
  readonly recovered: boolean;
  readonly tornBytes: number;
  readonly quarantinedCount: number;
}

export interface StreamRequest {
  /** Frames a second at most. */
  readonly hz: number;
  /** The last id the client has seen; null asks for a fresh snapshot. */
  readonly lastEventId: number | null;
  /** Aborts when the client is gone or the server stops. */
  readonly signal: AbortSignal;
}

/** Streams ended since start by reason, and alerts that were too many to be sent one by one. */
export type StreamCounters = Readonly<
  Record<"gone" | "stalled" | "aged" | "closed" | "alertsOmitted", number>
>;

/** The part of the hub that the server needs. */
export interface LiveSource {
  /** Server-Sent Events as bytes; null when no further client fits. */
  openStream(request: StreamRequest): ReadableStream<Uint8Array> | null;
  /** Streams open now. */
  readonly clients: number;
  /** Since start, by name. */
  readonly counters: StreamCounters;
  board(): Board;
  snapshot(): Frame & { readonly status: Status };
}

export type UpkeepWork = "verify" | "rebuild" | "preview";

export interface ServerContext {
  readonly version: string;
  readonly config: ServerConfig;
  readonly hub: LiveSource;
  /** The hot store; null while it isn't open. */
  database(): Database | null;
  status(): Status;
  /** Whether sources are heard; nothing is known of it where absent. */
  readonly sources?: () => readonly SourceHealth[];
  /** Archived runs, live and batch, newest first. */
  runs(): Promise<readonly ArchivedRun[]>;
  /** Sets the simulated feed's lines a second, 0 = as fast as read; null when there is none. */
  setGeneratorRate(linesPerSecond: number): Promise<void> | null;
  /**
   * Starts work on the whole store and tells how it goes: `{progress}`, and last `{result}` or
   * `{error}`; null while another one is at work. Absent where this process writes no store.
   */
  readonly upkeep?: (work: UpkeepWork) => AsyncGenerator<unknown> | null;
  /** Takes lines that come by HTTP; absent where there is no speed layer. */
  readonly ingest?: IngestDoor;
  /** By which agents may bring lines, beside the token; none where absent. */
  readonly agentTokens?: AgentTokenList;
  /** Finds the record that a reading was made of; absent where there is no archive to look in. */
  readonly findRecord?: (place: ReadingOrigin) => Promise<FoundRecord>;
  /** By which alerts are judged; the default ones where absent. */
  readonly alertRules?: readonly AlertRule[];
  /** Taken in place of the token: another command of this machine's same user. */
  readonly controlKey?: string;
  /** The page's files by URL path: `/assets/page-1a2b3c.js`. */
  readonly assets: ClientAssets;
  readonly log: Log;
  readonly clock: Clock;
}

/** What Bun's server is to a route; absent when a request comes from a test without a port. */
export interface RequestServer {
  timeout(request: Request, seconds: number): void;
  requestIP(request: Request): { readonly address: string } | null;
}

/** Hono's environment here. */
export interface ServerEnv {
  Bindings: {
    readonly server?: RequestServer;
    /** Aborts when the server begins to stop: long answers end then. */
    readonly stopping?: AbortSignal;
    readonly loopLag?: LoopLag;
  };
  Variables: {
    /** Set by a route whose body is a long stream: it is compressed as it goes. */
    streamed: boolean;
    /** The agent that brings lines by a token of its own. */
    agent?: string;
  };
}
