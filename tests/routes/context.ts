/** A server context for tests: settable clock and status, a hub that hands out one short stream. */
import type { ClientAssets } from "../../src/assets/client_assets.ts";
import { SILENT_LOG } from "../../src/log.ts";
import type { Board, Frame, RegionNow } from "../../src/model/live_event.ts";
import type { Status } from "../../src/model/status.ts";
import type { Clock } from "../../src/runtime/clock.ts";
import { createApp, type ServerContext } from "../../src/server.ts";
import type { ServerConfig, StreamRequest } from "../../src/server/context.ts";
import type { Database } from "../../src/store/database.ts";

export const NOW_MS = Date.parse("2025-11-21T12:00:00Z");

export class TestClock implements Clock {
  atMs = NOW_MS;
  nowMs(): number {
    return this.atMs;
  }
  monotonicMs(): number {
    return this.atMs;
  }
  after(): () => void {
    return () => {};
  }
}

export const LOCAL_CONFIG: ServerConfig = {
  http: { hostname: "127.0.0.1", port: 8080 },
  token: null,
  demo: true,
  allowedHosts: [],
};

function asset(text: string, type: string) {
  return { body: new TextEncoder().encode(text), type, etag: Bun.hash(text).toString(36) };
}

/** What the page's head names. */
export const TEST_ASSETS: ClientAssets = new Map([
  ["/assets/client-0.js", asset("console.log('rackwatch');".repeat(100), "text/javascript")],
  ["/assets/stream-0.js", asset("'stream'", "text/javascript")],
  ["/assets/theme-0.js", asset("'theme'", "text/javascript")],
  ["/assets/page-0.css", asset("body { margin: 0 }", "text/css")],
  ["/assets/views-0.css", asset("main { margin: 0 }", "text/css")],
  ["/assets/icon-0.svg", asset("<svg/>", "image/svg+xml")],
]);

/** Every number differs, so that a test can tell which one it sees. */
export function testStatus(): Status {
  let next = 1_000;
  const number = () => next++;
  return {
    version: "0.1.0-test",
    mode: "demo",
    started_at: "2025-11-21T11:00:00Z",
    now: "2025-11-21T12:00:00Z",
    store: {
      kind: "embedded",
      state: "ready",
      where: "data/store",
      sql: null,
      rows: number(),
      last_error: null,
    },
    archive: { directory: "data", runs: number(), bytes: number(), torn_bytes: number() },
    layers: {
      speed: {
        state: "running",
        run_id: "stream_run_2025-11-21_11-00-00",
        feed: "tcp://127.0.0.1:9988",
        listen: null,
        connection: "connected",
        agents: number(),
        broken_streams: number(),
        refused_agents: { idle: number() },
        cut_lines: number(),
        cut_bytes: number(),
        received_lines: number(),
        received_bytes: number(),
        blank_lines: number(),
        ignored_records: number(),
        ignored_names: [],
        rates_made: number(),
        counters_held: number(),
        counters_left_out: number(),
        archived_lines: number(),
        archived_bytes: number(),
        committed_rows: number(),
        dead_letters: number(),
        late_rows: number(),
        future_rows: number(),
        alerts_not_opened: number(),
        pending_lines: number(),
        lag_ms: number() * 1_000,
        reconnects: number(),
        scrapes: [{
          kind: "redfish",
          url: "https://bmc-7/",
          insecure_tls: false,
          token_in_clear: false,
          up: true,
          last_scrape: "2025-11-21T11:30:00Z",
          last_record: "2025-11-21T11:30:00Z",
          duration_ms: number() * 1_000,
          series: number(),
          sensors: [{
            metric: "temp_c",
            name: "CPU1 Temp",
            limits: { upper_caution: number(), upper_critical: number() },
          }],
          scrapes: number(),
          failures: number(),
          dropped: number(),
          error: null,
        }],
        sources: [{
          name: "lines",
          records: number(),
          last_record: "2025-11-21T11:30:00Z",
          schema_changes: number(),
        }],
        last_error: null,
      },
      batch: {
        state: "idle",
        run_id: null,
        files: number(),
        files_skipped: number(),
        files_refused: number(),
        rows_read: number(),
        rows_loaded: number(),
        rows_rejected: number(),
        progress: 0.5,
        current_file: null,
        sources: [{
          name: "files",
          records: number(),
          last_record: "2025-11-21T11:30:00Z",
          schema_changes: number(),
        }],
        last_error: null,
      },
      generator: {
        state: "serving",
        address: "127.0.0.1:9988",
        clients: number(),
        sent_lines: number(),
        skipped_lines: number(),
        rate: number(),
      },
    },
    live: {
      hosts: number(),
      hosts_over_limit: number(),
      regions: number(),
      regions_over_limit: number(),
    },
    sources: { watched: number(), silent: number(), silent_names: ["lines"], silent_since: [null] },
    reconciliation: {
      reconciled_up_to: "2025-11-21T11:30:00Z",
      runs: number(),
      buckets: number(),
      differing_buckets: number(),
      first_difference: null,
    },
  };
}

function regionNow(region: string): RegionNow {
  return {
    region,
    hosts: 0,
    states: { ok: 0, warning: 0, critical: 0, stale: 0 },
    rows: 0,
    rate: 0,
    newestMs: null,
    metrics: { temp_c: null, cpu_load: null, voltage: null, power_watts: null },
    powerTotalWatts: null,
  };
}

export class TestHub {
  clients = 0;
  full = false;
  readonly counters = { gone: 1, stalled: 2, aged: 3, closed: 4, alertsOmitted: 5 };
  readonly requests: StreamRequest[] = [];

  openStream(request: StreamRequest): ReadableStream<Uint8Array> | null {
    if (this.full) return null;
    this.requests.push(request);
    this.clients++;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode("event: snapshot\nid: 7\ndata: {}\n\n"));
        request.signal.addEventListener("abort", () => {
          this.clients--;
          controller.close();
        }, { once: true });
      },
    });
  }
  board(): Board {
    const none = { value: null, change: null };
    return {
      serverMs: NOW_MS,
      headMs: null,
      regions: [regionNow("India"), regionNow("<script>alert(1)</script>")],
      figures: { temp_c: none, cpu_load: none, power_watts: none },
      troubles: [],
      troublesOmitted: 0,
      alertsOpen: { warning: 0, critical: 0 },
      newest: [],
      hostsOverLimit: 0,
    };
  }
  snapshot(): Frame & { readonly status: Status } {
    throw new Error("no test here reads a snapshot");
  }
}

export interface TestServer {
  readonly app: ReturnType<typeof createApp>;
  readonly hub: TestHub;
  readonly clock: TestClock;
  readonly rates: number[];
}

export interface TestOptions extends Partial<Omit<ServerContext, "config" | "clock">> {
  readonly config?: Partial<ServerConfig>;
}

export function testServer(options: TestOptions = {}): TestServer {
  const hub = new TestHub(), clock = new TestClock(), rates: number[] = [];
  const app = createApp({
    version: "0.1.0-test",
    database: (): Database | null => null,
    status: testStatus,
    runs: () => Promise.resolve([]),
    setGeneratorRate: (rate) => Promise.resolve(void rates.push(rate)),
    assets: TEST_ASSETS,
    log: SILENT_LOG,
    hub,
    ...options,
    config: { ...LOCAL_CONFIG, ...options.config },
    clock,
  });
  return { app, hub, clock, rates };
}

/** The code of an error answer; fails where it isn't in the one error shape. */
export async function errorCode(response: Response): Promise<string> {
  const body = await response.json() as { error: { code: string; message: string } };
  if (typeof body.error.message !== "string" || Object.keys(body).length !== 1) {
    throw new Error(`not an error answer: ${JSON.stringify(body)}`);
  }
  return body.error.code;
}
