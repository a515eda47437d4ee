/** A store's known content: few readings, each odd in its own way, an alert and a dead letter. */
import type { Reading } from "../../src/model/reading.ts";
import { FINEST_TIERS } from "../../src/model/rollup.ts";
import { deriveFrom } from "../../src/rollup/fold.ts";
import type { Database } from "../../src/store/database.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { NOW_MS } from "./context.ts";

export const RUN = "stream_run_2025-11-21_11-00-00";
export const ODD_HOST = "<img src=x onerror=alert(1)>";
const NOTHING = { temp_c: null, cpu_load: null, voltage: null, power_watts: null, flags: 0 };

function reading(host_id: string, region: string, secondsAgo: number, rest: Partial<Reading>) {
  return { host_id, region, atMs: NOW_MS - secondsAgo * 1_000, offset: 0, ...NOTHING, ...rest };
}

/** Oldest first. */
export const READINGS: readonly Reading[] = [
  reading("IND-SRV-1", "India", 1_800, { temp_c: 36, cpu_load: 12 }),
  reading("IND-SRV-1", "India", 20, { temp_c: 40, cpu_load: 10 }),
  reading("us-cloud-1", "USA", 15, { temp_c: 67.1, cpu_load: 42, voltage: 11.93 }),
  reading("IND-SRV-1", "India", 12, { temp_c: 50, cpu_load: 20 }),
  reading("=cmd()", "Germany", 11, { temp_c: 91, power_watts: 500 }),
  reading("rack/7 a", "Germany", 10, { temp_c: 61, power_watts: 700 }),
  reading("twin", "Germany", 9, { temp_c: 62 }),
  reading("twin", "USA", 8, { temp_c: 63 }),
  reading(ODD_HOST, "India", 7, { temp_c: 55 }),
].map((one, index) => ({ ...one, offset: index * 120 }));

export const ALERT = {
  id: `temperature/Germany/=cmd()/${NOW_MS - 11_000}`,
  rule: "temperature",
  metric: "temp_c",
  hostId: "=cmd()",
  region: "Germany",
  severity: "critical",
  peakSeverity: "critical",
  value: 91,
  peakValue: 91,
  limit: 90,
  openedAtMs: NOW_MS - 11_000,
  updatedAtMs: NOW_MS - 11_000,
  closedAtMs: null,
  closedBy: null,
  acknowledgedAtMs: null,
  acknowledgedNote: null,
} as const;

export async function fillStore(database: Database): Promise<void> {
  await new StoreWriter(database).commitLive({
    origin: {
      layer: "speed",
      runId: RUN,
      source: "feed",
      path: `live_data/${RUN}/part-000000.ndjson`,
    },
    from: { runId: RUN, part: 0, offset: 0 },
    to: { runId: RUN, part: 0, offset: 2_000 },
    lines: READINGS.length + 1,
    readings: READINGS,
    deadLetters: [{
      kind: "dead_letter",
      offset: 1_500,
      code: "invalid_json",
      detail: "expected one JSON object",
      raw: "<script>alert(1)</script>{oops",
    }],
    alerts: [{ kind: "opened", alert: ALERT }],
    tiers: FINEST_TIERS,
    derive: deriveFrom,
  });
}
