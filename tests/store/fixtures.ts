/** Readings and batches for the store's tests: plain, and different where it matters. */
import type { Alert, AlertChange } from "../../src/model/alert.ts";
import type { Checkpoint, Origin } from "../../src/model/origin.ts";
import type { Reading } from "../../src/model/reading.ts";
import type { DeadLetter } from "../../src/model/record.ts";
import { FINEST_TIERS } from "../../src/model/rollup.ts";
import { deriveFrom } from "../../src/rollup/fold.ts";
import type { LiveBatch } from "../../src/store/writer.ts";

/** Friday, so that a few days on lies in another ISO week. */
export const START_MS = Date.UTC(2025, 10, 21, 2, 42, 56);

export function reading(change: Partial<Reading> = {}): Reading {
  return {
    host_id: "us-cloud-1",
    region: "USA",
    atMs: START_MS,
    temp_c: 67,
    cpu_load: 42,
    voltage: 11.93,
    power_watts: null,
    flags: 0,
    offset: 0,
    ...change,
  };
}

/** `count` readings, a second apart, of a few hosts in two regions; the same every time. */
export function manyReadings(count: number, firstMs = START_MS): Reading[] {
  return Array.from({ length: count }, (_, index) =>
    reading({
      host_id: index % 2 === 0 ? `us-cloud-${index % 6}` : `DE-HPC-${index % 5}`,
      region: index % 2 === 0 ? "USA" : "Germany",
      atMs: firstMs + index * 1000,
      temp_c: index % 7 === 0 ? null : 35 + ((index * 37) % 500) / 10,
      cpu_load: (index * 13) % 96,
      voltage: index % 2 === 0 ? 11.8 + (index % 40) / 100 : null,
      power_watts: index % 2 === 1 ? 400 + (index % 800) : null,
      offset: index * 120,
    }));
}

export const LIVE_ORIGIN: Origin = {
  layer: "speed",
  runId: "stream_run_2025-11-21_02-42-56",
  source: "feed",
  path: "live_data/stream_run_2025-11-21_02-42-56/part-000000.ndjson",
};

export function checkpoint(offset: number, part = 0): Checkpoint {
  return { runId: LIVE_ORIGIN.runId, part, offset };
}

export function liveBatch(change: Partial<LiveBatch> = {}): LiveBatch {
  const readings = change.readings ?? [reading()];
  return {
    origin: LIVE_ORIGIN,
    from: checkpoint(0),
    to: checkpoint(120 * Math.max(1, readings.length)),
    lines: readings.length,
    readings,
    deadLetters: [],
    alerts: [],
    tiers: FINEST_TIERS,
    derive: deriveFrom,
    ...change,
  };
}

export function deadLetter(change: Partial<DeadLetter> = {}): DeadLetter {
  return {
    kind: "dead_letter",
    offset: 240,
    code: "invalid_json",
    detail: "expected one JSON object, got {oops",
    raw: "{oops",
    ...change,
  };
}

export function alert(change: Partial<Alert> = {}): Alert {
  return {
    id: `temperature/USA/us-cloud-1/${START_MS}`,
    rule: "temperature",
    metric: "temp_c",
    hostId: "us-cloud-1",
    region: "USA",
    severity: "critical",
    peakSeverity: "critical",
    value: 95,
    peakValue: 96,
    limit: 90,
    openedAtMs: START_MS,
    updatedAtMs: START_MS + 5000,
    closedAtMs: null,
    closedBy: null,
    acknowledgedAtMs: null,
    acknowledgedNote: null,
    ...change,
  };
}

export function opened(change: Partial<Alert> = {}): AlertChange {
  return { kind: "opened", alert: alert(change) };
}

/**
 * What a promise rejects with. Not `expect(…).rejects`: Bun waits there without letting messages
 * between ports through, so that what the embedded store answers never comes.
 */
export async function failureOf(work: Promise<unknown>): Promise<Error> {
  const outcome = await work.then(() => null, (error: unknown) => error);
  if (outcome instanceof Error) return outcome;
  throw new Error("expected a rejection");
}
