/**
 * Every number that /metrics tells, named once: name, type, unit, help, and where its value comes
 * from. Names follow Prometheus' rules (https://prometheus.io/docs/practices/naming/): base units,
 * the unit in the name, `_total` for counters. A state is one sample a possible state, 1 or 0.
 */
import type { SourceHealth } from "../model/source_health.ts";
import type { ConnectionState, ScrapeStatus, SourceTraffic, Status } from "../model/status.ts";
import type { AdmissionState } from "./admission.ts";
import type { StreamCounters } from "./context.ts";
import type { PathCounts } from "./ingest_counts.ts";
import type { Family, Sample } from "./prometheus.ts";

/** One path of the server and how often it answered with one status. */
export interface RequestCount {
  readonly method: string;
  /** The route's pattern, never the path asked for: so labels stay bounded. */
  readonly route: string;
  readonly status: number;
  readonly count: number;
}

export interface MetricSource {
  readonly status: Status;
  readonly sseClients: number;
  readonly streams: StreamCounters;
  readonly requests: readonly RequestCount[];
  readonly ingested: readonly PathCounts[];
  /** Whether sources are heard. */
  readonly sources: readonly SourceHealth[];
  /** Questions that go through the gate. */
  readonly heavy: AdmissionState;
  /** Worst delay of a timer in the last seconds; null where it isn't measured. */
  readonly eventLoopLagSeconds: number | null;
  readonly process: {
    readonly residentBytes: number;
    readonly cpuSeconds: number;
    readonly startedAtSeconds: number;
  };
}

export interface CataloguedMetric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly unit: "lines" | "rows" | "bytes" | "seconds" | "files" | "state" | "count" | "ratio";
  readonly help: string;
  readonly samples: (source: MetricSource) => readonly Sample[];
}

type Read = (source: MetricSource) => number | null;
type Unit = CataloguedMetric["unit"];

const END_REASONS = ["gone", "stalled", "aged", "closed"] as const;
const HEAVY_ENDS = ["answered", "failed", "refused", "late", "gone"] as const;
const SPEED_STATES = [
  "starting",
  "catching_up",
  "running",
  "paused",
  "stopped",
  "failed",
  "off",
] as const satisfies readonly Status["layers"]["speed"]["state"][];
const CONNECTION_STATES = [
  "idle",
  "connecting",
  "connected",
  "waiting",
  "listening",
] as const satisfies readonly ConnectionState[];
const BATCH_STATES = [
  "idle",
  "scanning",
  "loading",
  "failed",
  "off",
] as const satisfies readonly Status["layers"]["batch"]["state"][];
const GENERATOR_STATES = [
  "off",
  "writing_history",
  "serving",
  "failed",
] as const satisfies readonly Status["layers"]["generator"]["state"][];
const STORE_STATES = [
  "starting",
  "ready",
  "down",
] as const satisfies readonly Status["store"]["state"][];

const speed = (source: MetricSource) => source.status.layers.speed;
const batch = (source: MetricSource) => source.status.layers.batch;
const generator = (source: MetricSource) => source.status.layers.generator;

// deno-fmt-ignore
export const METRIC_CATALOGUE: readonly CataloguedMetric[] = [
  {
    name: "rackwatch_build_info",
    type: "gauge",
    unit: "state",
    help: "Always 1; its labels say which version runs, in which mode, over which store.",
    samples: ({ status }) => [{
      labels: { version: status.version, mode: status.mode, store: status.store.kind },
      value: 1,
    }],
  },

  counter("rackwatch_speed_received_lines_total", "lines", "Lines received by the speed layer.", (s) => speed(s).received_lines),
  counter("rackwatch_speed_received_bytes_total", "bytes", "Bytes received by the speed layer.", (s) => speed(s).received_bytes),
  counter("rackwatch_speed_blank_lines_total", "lines", "Blank lines received; they are archived and mean nothing.", (s) => speed(s).blank_lines),
  counter("rackwatch_speed_ignored_records_total", "count", "Records of agents that measure nothing that is kept here; they are archived.", (s) => speed(s).ignored_records),
  {
    name: "rackwatch_speed_ignored_by_name_total",
    type: "counter",
    unit: "count",
    help: "These records by name: metric and, of a temperature, sensor; beyond a hundred names as other.",
    samples: (source) => speed(source).ignored_names.map(({ name, records }) => ({ labels: { name }, value: records })),
  },
  counter("rackwatch_speed_rates_made_total", "lines", "Lines of rates made of counters that agents push; received and archived as all others.", (s) => speed(s).rates_made),
  counter("rackwatch_speed_counters_left_out_total", "count", "Samples of pushed counters from which no rate is made: too many, or too long a name.", (s) => speed(s).counters_left_out),
  gauge("rackwatch_speed_counters_held", "count", "Pushed counters held in memory, with the times of which samples are missing.", (s) => speed(s).counters_held),
  counter("rackwatch_speed_archived_lines_total", "lines", "Lines on disk in the archive, synced.", (s) => speed(s).archived_lines),
  counter("rackwatch_speed_archived_bytes_total", "bytes", "Bytes on disk in the archive, synced.", (s) => speed(s).archived_bytes),
  counter("rackwatch_speed_committed_rows_total", "rows", "Live readings committed to the hot store.", (s) => speed(s).committed_rows),
  counter("rackwatch_speed_dead_letters_total", "lines", "Live lines that became dead letters.", (s) => speed(s).dead_letters),
  counter("rackwatch_speed_alerts_not_opened_total", "count", "Readings that would have opened an alert beyond the limits.", (s) => speed(s).alerts_not_opened),
  counter("rackwatch_speed_late_rows_total", "rows", "Live readings that came late.", (s) => speed(s).late_rows),
  counter("rackwatch_speed_future_rows_total", "rows", "Live readings with a time ahead of their arrival.", (s) => speed(s).future_rows),
  counter("rackwatch_speed_reconnects_total", "count", "Times the feed was dialled again.", (s) => speed(s).reconnects),
  gauge("rackwatch_speed_pending_lines", "lines", "Lines archived and not yet in the hot store.", (s) => speed(s).pending_lines),
  gauge("rackwatch_speed_lag_seconds", "seconds", "Age of the oldest archived line that the hot store does not have.", (s) => speed(s).lag_ms / 1_000),
  gauge("rackwatch_speed_agents", "count", "Agents connected to the listening address.", (s) => speed(s).agents),
  counter("rackwatch_speed_broken_streams_total", "count", "Compressed connections of agents that could not be read to their end; the log says where.", (s) => speed(s).broken_streams),
  {
    name: "rackwatch_speed_agents_refused_total",
    type: "counter",
    unit: "count",
    help: "Connections of agents that were refused or cut, by the code that they were told.",
    samples: (source) => Object.entries(speed(source).refused_agents).map(([reason, value]) => ({ labels: { reason }, value })),
  },
  counter("rackwatch_speed_cut_lines_total", "lines", "Lines longer than a line may be: their heads are archived, and dead letters.", (s) => speed(s).cut_lines),
  counter("rackwatch_speed_cut_bytes_total", "bytes", "Bytes of these lines that were left out.", (s) => speed(s).cut_bytes),
  byTarget("rackwatch_scrape_up", "gauge", "count", "1 where the target's last scrape went well, else 0; none before the first.", ({ up }) => up === null ? null : Number(up)),
  byTarget("rackwatch_scrape_duration_seconds", "gauge", "seconds", "How long the target's last scrape took, until it was archived.", ({ duration_ms }) => duration_ms / 1_000),
  byTarget("rackwatch_scrape_series", "gauge", "count", "Series of the target's last scrape that are read here; of a BMC its sensors.", ({ series }) => series),
  { name: "rackwatch_scrape_sensor_limit", type: "gauge", unit: "count", help: "A limit that a BMC's sensor has itself, of the one that a metric is taken from, in the metric's unit.", samples: sensorLimits },
  byTarget("rackwatch_scrapes_total", "counter", "count", "Times the target was asked.", ({ scrapes }) => scrapes),
  byTarget("rackwatch_scrape_failures_total", "counter", "count", "Scrapes of the target that failed.", ({ failures }) => failures),
  byTarget("rackwatch_scrape_dropped_total", "counter", "count", "Scrapes of the target that were left out or lost since the archive took nothing.", ({ dropped }) => dropped),
  state("rackwatch_speed_state", "The speed layer's state.", SPEED_STATES, (s) => speed(s).state),
  state("rackwatch_speed_connection", "The state of the connection to the feed.", CONNECTION_STATES, (s) => speed(s).connection),

  gauge("rackwatch_live_hosts", "count", "Hosts that the live picture tracks.", (s) => s.status.live.hosts),
  gauge("rackwatch_live_hosts_over_limit", "count", "Distinct hosts beyond the most that are tracked, an estimate; their readings are stored, and not shown live.", (s) => s.status.live.hosts_over_limit),
  gauge("rackwatch_live_regions", "count", "Regions that the live picture tracks.", (s) => s.status.live.regions),
  gauge("rackwatch_live_regions_over_limit", "count", "Distinct regions beyond the most that are tracked, an estimate; their readings are stored, and not shown live.", (s) => s.status.live.regions_over_limit),

  counter("rackwatch_batch_files_total", "files", "History files loaded since start.", (s) => batch(s).files),
  counter("rackwatch_batch_files_skipped_total", "files", "History files that were loaded before, unchanged.", (s) => batch(s).files_skipped),
  counter("rackwatch_batch_files_refused_total", "files", "History files refused as damaged.", (s) => batch(s).files_refused),
  counter("rackwatch_batch_rows_read_total", "rows", "Rows read from history files.", (s) => batch(s).rows_read),
  counter("rackwatch_batch_rows_loaded_total", "rows", "Rows of history loaded into the hot store.", (s) => batch(s).rows_loaded),
  counter("rackwatch_batch_rows_rejected_total", "rows", "Rows of history that became dead letters.", (s) => batch(s).rows_rejected),
  gauge("rackwatch_batch_progress_ratio", "ratio", "How far the batch run under way is, 0 to 1; absent when none is.", (s) => batch(s).progress),
  state("rackwatch_batch_state", "The batch layer's state.", BATCH_STATES, (s) => batch(s).state),

  gauge("rackwatch_reconciled_up_to_seconds", "seconds", "Arrival, since the Unix epoch, of the newest line up to which the rollups were held against the archive; absent when none was.", (s) => secondsOf(s.status.reconciliation.reconciled_up_to)),
  gauge("rackwatch_reconciliation_runs", "count", "Live runs held against the archive up to their newest sealed part.", (s) => s.status.reconciliation.runs),
  gauge("rackwatch_reconciliation_buckets", "count", "Rollup buckets held against the archive.", (s) => s.status.reconciliation.buckets),
  gauge("rackwatch_reconciliation_differing_buckets", "count", "Of these, buckets that are not as the archive says; should be 0.", (s) => s.status.reconciliation.differing_buckets),

  bySource("rackwatch_source_silent", "state", "1 where a declared source was not heard for longer than it may be silent, else 0; also of one never heard.", (source) => source.declared ? Number(source.silent) : null),
  bySource("rackwatch_source_silence_seconds", "seconds", "Seconds since the source's newest record came, or its newest file was loaded; none where nothing did.", ({ silent_s }) => silent_s),
  byTraffic("rackwatch_source_records_total", "Records of a live source, or rows loaded of one of history files, since start.", ({ records }) => records),
  byTraffic("rackwatch_source_schema_changes_total", "New versions of a source's schema since start.", ({ schema_changes }) => schema_changes),
  gauge("rackwatch_sources_watched", "count", "Declared sources, targets and agents' tokens that are to be heard.", (s) => s.status.sources.watched),
  gauge("rackwatch_sources_silent", "count", "Of these, those that are silent.", (s) => s.status.sources.silent),

  counter("rackwatch_generator_sent_lines_total", "lines", "Lines sent by the simulated feed.", (s) => generator(s).sent_lines),
  counter("rackwatch_generator_skipped_lines_total", "lines", "Lines of the simulated feed that slow clients did not get.", (s) => generator(s).skipped_lines),
  gauge("rackwatch_generator_rate_lines_per_second", "lines", "Lines a second asked of the simulated feed; 0 is as fast as it is read.", (s) => generator(s).rate),
  gauge("rackwatch_generator_clients", "count", "Clients of the simulated feed.", (s) => generator(s).clients),
  state("rackwatch_generator_state", "The generator's state.", GENERATOR_STATES, (s) => generator(s).state),

  gauge("rackwatch_store_rows", "rows", "Readings in the hot store.", (s) => s.status.store.rows),
  state("rackwatch_store_state", "The hot store's state.", STORE_STATES, (s) => s.status.store.state),
  gauge("rackwatch_archive_bytes", "bytes", "Bytes in the archive.", (s) => s.status.archive.bytes),
  gauge("rackwatch_archive_runs", "count", "Runs in the archive.", (s) => s.status.archive.runs),
  counter("rackwatch_archive_torn_bytes_total", "bytes", "Bytes cut off torn parts while opening the archive.", (s) => s.status.archive.torn_bytes),

  gauge("rackwatch_sse_clients", "count", "Event streams open.", (s) => s.sseClients),
  {
    name: "rackwatch_sse_streams_ended_total",
    type: "counter",
    unit: "count",
    help: "Event streams ended, by reason: gone, stalled, aged (at their longest age) or closed by a stop.",
    samples: ({ streams }) =>
      END_REASONS.map((reason) => ({ labels: { reason }, value: streams[reason] })),
  },
  counter("rackwatch_sse_alerts_omitted_total", "count", "Alert events left out because too many came at once; the next frame counts them.", (s) => s.streams.alertsOmitted),
  {
    name: "rackwatch_http_requests_total",
    type: "counter",
    unit: "count",
    help: "HTTP requests answered, by method, route and status.",
    samples: ({ requests }) =>
      requests.map(({ method, route, status, count }) => ({
        labels: { method, route, status: String(status) },
        value: count,
      })),
  },
  byPath("rackwatch_ingest_requests_total", "count", "Requests that brought lines, all of them archived, by path.", ({ requests }) => requests),
  byPath("rackwatch_ingest_lines_total", "lines", "Lines that came by HTTP and are archived, by path.", ({ lines }) => lines),
  byPath("rackwatch_ingest_bytes_total", "bytes", "Bytes of these lines as they are archived, by path.", ({ bytes }) => bytes),
  {
    name: "rackwatch_ingest_refused_total",
    type: "counter",
    unit: "count",
    help: "Requests whose lines were refused, by path and the error's code.",
    samples: ({ ingested }) =>
      ingested.flatMap(({ path, refusals }) =>
        Object.entries(refusals).map(([reason, value]) => ({ labels: { path, reason }, value }))
      ),
  },
  gauge("rackwatch_heavy_questions_under_way", "count", "Questions about the past, origins and outliers that are being answered.", (s) => s.heavy.underWay),
  gauge("rackwatch_heavy_questions_waiting", "count", "Questions of these kinds that wait for their turn.", (s) => s.heavy.waiting),
  {
    name: "rackwatch_heavy_questions_total",
    type: "counter",
    unit: "count",
    help: "Questions of these kinds by how they ended: answered, failed, refused for want of room, late (no turn in time) or gone (nobody waits any more).",
    samples: ({ heavy }) =>
      HEAVY_ENDS.map((outcome) => ({ labels: { outcome }, value: heavy.counters[outcome] })),
  },
  counter("rackwatch_heavy_questions_shared_total", "count", "Questions of these kinds that an equal one was under way or waiting for: one answer for both.", (s) => s.heavy.counters.shared),
  gauge("rackwatch_event_loop_lag_seconds", "seconds", "Worst delay of the main thread's timers in the last 10 s.", (s) => s.eventLoopLagSeconds),
  gauge("process_resident_memory_bytes", "bytes", "Resident memory size in bytes.", (s) => s.process.residentBytes),
  counter("process_cpu_seconds_total", "seconds", "Total user and system CPU time spent in seconds.", (s) => s.process.cpuSeconds),
  gauge("process_start_time_seconds", "seconds", "Start time of the process since the Unix epoch in seconds.", (s) => s.process.startedAtSeconds),
];

/** The catalogue filled with values, as `encodeFamilies` takes it. */
export function measure(source: MetricSource): Family[] {
  return METRIC_CATALOGUE.map(({ name, type, help, samples }) => ({
    name,
    type,
    help,
    samples: samples(source),
  }));
}

function counter(name: string, unit: Unit, help: string, read: Read): CataloguedMetric {
  return { name, type: "counter", unit, help, samples: single(read) };
}

function gauge(name: string, unit: Unit, help: string, read: Read): CataloguedMetric {
  return { name, type: "gauge", unit, help, samples: single(read) };
}

/** Of each target that is scraped; the configuration bounds how many there are. */
function byTarget(
  name: string,
  type: CataloguedMetric["type"],
  unit: Unit,
  help: string,
  read: (scrape: ScrapeStatus) => number | null,
): CataloguedMetric {
  const samples = (source: MetricSource) =>
    speed(source).scrapes.flatMap((scrape) => {
      const value = read(scrape);
      return value === null ? [] : [{ labels: { target: scrape.url }, value }];
    });
  return { name, type, unit, help, samples };
}

/** Of BMCs only: at most six for each of three metrics. */
function sensorLimits(source: MetricSource): Sample[] {
  return speed(source).scrapes.flatMap(({ url, sensors }) =>
    sensors.flatMap(({ metric, limits }) =>
      Object.entries(limits).map(([limit, value]) => ({
        labels: { target: url, metric, limit },
        value,
      }))
    )
  );
}

/** Of each source; the configuration, and the number of tokens, bound how many there are. */
function bySource(
  name: string,
  unit: Unit,
  help: string,
  read: (source: SourceHealth) => number | null,
): CataloguedMetric {
  const samples = ({ sources }: MetricSource) =>
    sources.flatMap((source) => {
      const value = read(source);
      return value === null ? [] : [{ labels: { source: source.name, kind: source.kind }, value }];
    });
  return { name, type: "gauge", unit, help, samples };
}

/** What the layers count of each source. */
function byTraffic(
  name: string,
  help: string,
  read: (source: SourceTraffic) => number,
): CataloguedMetric {
  const of = (kind: string, sources: readonly SourceTraffic[]): Sample[] =>
    sources.map((source) => ({ labels: { source: source.name, kind }, value: read(source) }));
  const samples = (source: MetricSource) => [
    ...of("files", batch(source).sources),
    ...of("live", speed(source).sources),
  ];
  return { name, type: "counter", unit: "count", help, samples };
}

function byPath(
  name: string,
  unit: Unit,
  help: string,
  read: (counts: PathCounts) => number,
): CataloguedMetric {
  const samples = ({ ingested }: MetricSource) =>
    ingested.map((counts) => ({ labels: { path: counts.path }, value: read(counts) }));
  return { name, type: "counter", unit, help, samples };
}

function single(read: Read): CataloguedMetric["samples"] {
  return (source) => {
    const value = read(source);
    return value === null ? [] : [{ value }];
  };
}

function secondsOf(isoTime: string | null): number | null {
  return isoTime === null ? null : Date.parse(isoTime) / 1_000;
}

function state<T extends string>(
  name: string,
  help: string,
  states: readonly T[],
  read: (source: MetricSource) => T,
): CataloguedMetric {
  const samples = (source: MetricSource) => {
    const current = read(source);
    return states.map((one) => ({ labels: { state: one }, value: one === current ? 1 : 0 }));
  };
  return { name, type: "gauge", unit: "state", help, samples };
}
