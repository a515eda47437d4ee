/** A status of the demo in full swing; tests change what they are about. */
import type { Status } from "../../../src/model/status.ts";

export function fakeStatus(nowMs: number, receivedLines = 12_345): Status {
  return {
    version: "0.1.0",
    mode: "demo",
    started_at: new Date(nowMs - 3_600_000).toISOString(),
    now: new Date(nowMs).toISOString(),
    store: {
      kind: "embedded",
      state: "ready",
      where: "data/store",
      sql: null,
      rows: 30_000 + receivedLines,
      last_error: null,
    },
    archive: { directory: "data/live_data", runs: 3, bytes: 48_230_111, torn_bytes: 0 },
    layers: {
      speed: {
        state: "running",
        run_id: "stream_run_2025-11-21_02-42-56",
        feed: "tcp://127.0.0.1:9988",
        listen: null,
        connection: "connected",
        agents: 0,
        received_lines: receivedLines,
        received_bytes: receivedLines * 131,
        blank_lines: 0,
        archived_lines: receivedLines,
        archived_bytes: receivedLines * 131,
        committed_rows: receivedLines - 5,
        dead_letters: 5,
        late_rows: 0,
        future_rows: 0,
        pending_lines: 0,
        lag_ms: 0,
        reconnects: 0,
        last_error: null,
      },
      batch: {
        state: "idle",
        run_id: "batch_run_2025-11-21_02-42-56",
        files: 3,
        files_skipped: 0,
        files_refused: 0,
        rows_read: 30_000,
        rows_loaded: 30_000,
        rows_rejected: 0,
        progress: null,
        current_file: null,
        last_error: null,
      },
      generator: {
        state: "serving",
        address: "127.0.0.1:9988",
        clients: 1,
        sent_lines: receivedLines,
        skipped_lines: 0,
        rate: 2,
      },
    },
  };
}
