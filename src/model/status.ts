/** The layers' own state: what `/api/status`, the page and `/metrics` show. */
import type { Metric } from "./reading.ts";
import type { SourcesSummary } from "./source_health.ts";

export type ConnectionState = "idle" | "connecting" | "connected" | "waiting" | "listening";

/** The sensor that a target's value was taken from, and the limits it has itself. */
export interface ScrapedSensor {
  readonly metric: Metric;
  readonly name: string;
  /** `upper_critical` and the like, in the metric's unit. */
  readonly limits: Readonly<Record<string, number>>;
}

/** A target that is asked for its metrics. */
export interface ScrapeStatus {
  /** `exporter`: Prometheus' text format. `redfish`: a BMC. */
  readonly kind: "exporter" | "redfish";
  readonly url: string;
  /** Its certificate is not checked, as the configuration has it. */
  readonly insecure_tls: boolean;
  /** Its token goes over http to another machine, so whoever is on the way can read it. */
  readonly token_in_clear: boolean;
  /** Null until it was asked for the first time. */
  readonly up: boolean | null;
  readonly last_scrape: string | null;
  /** The last scrape that brought a series which is read here. */
  readonly last_record: string | null;
  readonly duration_ms: number;
  /** Of the last scrape: series that became lines; of a BMC its sensors, in one line. */
  readonly series: number;
  /** Of the last scrape of a BMC; of an exporter none. */
  readonly sensors: readonly ScrapedSensor[];
  readonly scrapes: number;
  readonly failures: number;
  /** Left out, or lost, since the archive took nothing: no fault of the target's. */
  readonly dropped: number;
  /** Of the last scrape, in words; null where it went well. */
  readonly error: string | null;
}

/** What a layer knows of one source. */
export interface SourceTraffic {
  readonly name: string;
  /** Records since start; of history files, rows loaded. */
  readonly records: number;
  /** When the newest record came, or the newest file was loaded; also before this start. */
  readonly last_record: string | null;
  /** New versions of its schema since start. */
  readonly schema_changes: number;
}

export interface SpeedStatus {
  readonly state: "starting" | "catching_up" | "running" | "paused" | "stopped" | "failed" | "off";
  readonly run_id: string | null;
  readonly feed: string | null;
  readonly listen: string | null;
  readonly connection: ConnectionState;
  /** Agents connected to `--listen` now. */
  readonly agents: number;
  /** Compressed connections of agents that could not be read to their end, since start. */
  readonly broken_streams: number;
  /** Connections of agents that were refused or cut, by the code that they were told, since start. */
  readonly refused_agents: Readonly<Record<string, number>>;
  /** Lines longer than a line may be, and bytes of them that were left out, since start. */
  readonly cut_lines: number;
  readonly cut_bytes: number;
  readonly received_lines: number;
  readonly received_bytes: number;
  readonly blank_lines: number;
  /** Records that measure nothing of ours, by a mapping that lets such ones go. */
  readonly ignored_records: number;
  /** Which: metric and, of a temperature, sensor; most frequent first. */
  readonly ignored_names: readonly { readonly name: string; readonly records: number }[];
  /** Lines of rates made of counters that agents push; received and archived as all others. */
  readonly rates_made: number;
  /** Counters in memory for that, and samples of counters left out for want of room. */
  readonly counters_held: number;
  readonly counters_left_out: number;
  readonly archived_lines: number;
  readonly archived_bytes: number;
  readonly committed_rows: number;
  readonly dead_letters: number;
  readonly late_rows: number;
  readonly future_rows: number;
  /** Readings that would have opened an alert where as many are open as may be. */
  readonly alerts_not_opened: number;
  /** Archived and not yet in the hot store. */
  readonly pending_lines: number;
  /** Age of the oldest archived line that the hot store does not have; 0 when it has all. */
  readonly lag_ms: number;
  readonly reconnects: number;
  readonly scrapes: readonly ScrapeStatus[];
  /** Live sources that were heard. */
  readonly sources: readonly SourceTraffic[];
  readonly last_error: string | null;
}

export interface BatchStatus {
  readonly state: "idle" | "scanning" | "loading" | "failed" | "off";
  readonly run_id: string | null;
  /** Files loaded, skipped as already known, and refused, since start. */
  readonly files: number;
  readonly files_skipped: number;
  readonly files_refused: number;
  readonly rows_read: number;
  readonly rows_loaded: number;
  readonly rows_rejected: number;
  /** 0–1 of the run under way; null when idle. */
  readonly progress: number | null;
  readonly current_file: string | null;
  /** Sources of history files of which some were loaded, also before this start. */
  readonly sources: readonly SourceTraffic[];
  readonly last_error: string | null;
}

export interface GeneratorStatus {
  readonly state: "off" | "writing_history" | "serving" | "failed";
  readonly address: string | null;
  readonly clients: number;
  readonly sent_lines: number;
  readonly skipped_lines: number;
  /** Lines a second asked for; 0 = as fast as clients read. */
  readonly rate: number;
}

export interface StoreStatus {
  readonly kind: "postgres" | "embedded";
  readonly state: "starting" | "ready" | "down";
  /** Host and database without credentials, or the embedded store's directory. */
  readonly where: string;
  readonly sql: string | null;
  readonly rows: number;
  readonly last_error: string | null;
}

export interface ArchiveStatus {
  readonly directory: string;
  readonly runs: number;
  readonly bytes: number;
  /** Damaged or torn places met while opening. */
  readonly torn_bytes: number;
}

/** The batch layer's answer to the speed layer: its rollups held against the archive. */
export interface ReconciliationStatus {
  /** Arrival of the newest line up to which every archived line was compared; null: none was. */
  readonly reconciled_up_to: string | null;
  /** Live runs compared up to their newest sealed part. */
  readonly runs: number;
  readonly buckets: number;
  /** Of these, not as the archive says. It should be 0. */
  readonly differing_buckets: number;
  /** In words: run, series, bucket, both values. */
  readonly first_difference: string | null;
}

export interface Layers {
  readonly speed: SpeedStatus;
  readonly batch: BatchStatus;
  readonly generator: GeneratorStatus;
}

/** What the live picture tracks, and what it does not for want of room: that is stored all the same. */
export interface LiveStatus {
  readonly hosts: number;
  /** Distinct hosts seen beyond LIMITS.hostsMax, an estimate (under 1 % off). */
  readonly hosts_over_limit: number;
  readonly regions: number;
  /** Distinct regions seen beyond LIMITS.regionsMax, an estimate. */
  readonly regions_over_limit: number;
}

export interface Status {
  readonly version: string;
  /** `demo` where the simulated fleet feeds it. */
  readonly mode: "demo" | "live";
  readonly started_at: string;
  readonly now: string;
  readonly store: StoreStatus;
  readonly archive: ArchiveStatus;
  readonly layers: Layers;
  readonly live: LiveStatus;
  /** Whether what was declared is heard. */
  readonly sources: SourcesSummary;
  readonly reconciliation: ReconciliationStatus;
}
