/** What is said of a layer that this command does not run, or has not started yet. */
import type {
  BatchStatus,
  GeneratorStatus,
  ReconciliationStatus,
  SpeedStatus,
} from "../model/status.ts";

export const SPEED_OFF: SpeedStatus = {
  state: "off",
  run_id: null,
  feed: null,
  listen: null,
  connection: "idle",
  agents: 0,
  broken_streams: 0,
  refused_agents: {},
  cut_lines: 0,
  cut_bytes: 0,
  received_lines: 0,
  received_bytes: 0,
  blank_lines: 0,
  ignored_records: 0,
  ignored_names: [],
  rates_made: 0,
  counters_held: 0,
  counters_left_out: 0,
  archived_lines: 0,
  archived_bytes: 0,
  committed_rows: 0,
  dead_letters: 0,
  late_rows: 0,
  future_rows: 0,
  alerts_not_opened: 0,
  pending_lines: 0,
  lag_ms: 0,
  reconnects: 0,
  scrapes: [],
  sources: [],
  last_error: null,
};

export const BATCH_OFF: BatchStatus = {
  state: "off",
  run_id: null,
  files: 0,
  files_skipped: 0,
  files_refused: 0,
  rows_read: 0,
  rows_loaded: 0,
  rows_rejected: 0,
  progress: null,
  current_file: null,
  sources: [],
  last_error: null,
};

export const NOT_RECONCILED: ReconciliationStatus = {
  reconciled_up_to: null,
  runs: 0,
  buckets: 0,
  differing_buckets: 0,
  first_difference: null,
};

export const GENERATOR_OFF: GeneratorStatus = {
  state: "off",
  address: null,
  clients: 0,
  sent_lines: 0,
  skipped_lines: 0,
  rate: 0,
};
