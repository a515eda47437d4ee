/** Readings, alerts and a status, made short. */
import type { Alert } from "../../src/model/alert.ts";
import type { HostNow, LiveDelta } from "../../src/model/live_event.ts";
import type { Reading } from "../../src/model/reading.ts";
import type { Status } from "../../src/model/status.ts";

export const START_MS = 1_763_690_400_000;

export function reading(part: Partial<Reading>): Reading {
  return {
    host_id: "a",
    region: "India",
    atMs: START_MS,
    temp_c: null,
    cpu_load: null,
    voltage: null,
    power_watts: null,
    flags: 0,
    offset: 0,
    ...part,
  };
}

export function hostNow(part: Partial<HostNow>): HostNow {
  return {
    host_id: "a",
    region: "India",
    atMs: START_MS,
    temp_c: null,
    cpu_load: null,
    voltage: null,
    power_watts: null,
    ...part,
  };
}

export function alert(part: Partial<Alert>): Alert {
  const { rule, region, hostId, openedAtMs } = {
    rule: "temperature",
    region: "India",
    hostId: "a",
    openedAtMs: START_MS,
    ...part,
  };
  return {
    id: `${rule}/${region}/${hostId}/${openedAtMs}`,
    rule,
    metric: "temp_c",
    hostId,
    region,
    severity: "warning",
    peakSeverity: "warning",
    value: 81,
    peakValue: 81,
    limit: 80,
    openedAtMs,
    updatedAtMs: openedAtMs,
    closedAtMs: null,
    closedBy: null,
    acknowledgedAtMs: null,
    acknowledgedNote: null,
    ...part,
  };
}

export function delta(part: Partial<LiveDelta>): LiveDelta {
  return {
    atMs: START_MS,
    readings: 0,
    regions: [],
    seconds: [],
    hosts: [],
    hostsOmitted: 0,
    newest: [],
    alerts: [],
    ...part,
  };
}

export function status(receivedLines = 0): Status {
  return {
    version: "0.1.0",
    mode: "live",
    started_at: "2025-11-21T02:00:00Z",
    now: "2025-11-21T02:00:00Z",
    store: {
      kind: "embedded",
      state: "ready",
      where: "data/store",
      sql: null,
      rows: 0,
      last_error: null,
    },
    archive: { directory: "data/live_data", runs: 1, bytes: 0, torn_bytes: 0 },
    layers: {
      speed: {
        state: "running",
        run_id: null,
        feed: null,
        listen: null,
        connection: "idle",
        agents: 0,
        broken_streams: 0,
        refused_agents: {},
        cut_lines: 0,
        cut_bytes: 0,
        received_lines: receivedLines,
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
      },
      batch: {
        state: "idle",
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
      },
      generator: {
        state: "off",
        address: null,
        clients: 0,
        sent_lines: 0,
        skipped_lines: 0,
        rate: 0,
      },
    },
    live: { hosts: 0, hosts_over_limit: 0, regions: 0, regions_over_limit: 0 },
    sources: { watched: 0, silent: 0, silent_names: [], silent_since: [] },
    reconciliation: {
      reconciled_up_to: null,
      runs: 0,
      buckets: 0,
      differing_buckets: 0,
      first_difference: null,
    },
  };
}
