/**
 * Whether the counters add up: what a layer received is what it committed, what it rejected and what
 * is still on its way, to the line. Pure.
 */
import type { BatchStatus, SpeedStatus, Status } from "../model/status.ts";
import { formatSpan, plural } from "./format.ts";

export interface LedgerRow {
  readonly layer: "speed" | "batch";
  readonly title: string;
  /** Of what: lines of the run under way, or rows of history files since the start. */
  readonly unit: string;
  readonly received: number;
  readonly committed: number;
  readonly rejected: number;
  readonly pending: number;
  /** received − committed − rejected − pending; it should be 0. */
  readonly missing: number;
  readonly tone: "good" | "warn" | "bad" | "quiet";
  readonly word: string;
  /** Why something is pending or missing; empty where there is nothing to say. */
  readonly reason: string;
}

/** The database may be this far behind before it is called out. */
const LAG_MS_MAX = 5_000;

export function ledger(status: Status): readonly LedgerRow[] {
  return [speedRow(status.layers.speed, status.store.state), batchRow(status.layers.batch)];
}

function speedRow(layer: SpeedStatus, store: Status["store"]["state"]): LedgerRow {
  const unsynced = Math.max(0, layer.received_lines - layer.archived_lines);
  const pending = layer.pending_lines + unsynced;
  const row = {
    layer: "speed",
    title: "Speed layer",
    unit: "lines of this run",
    received: layer.received_lines,
    committed: layer.committed_rows,
    rejected: layer.dead_letters,
    pending,
    missing: layer.received_lines - layer.committed_rows - layer.dead_letters - pending,
  } as const;
  if (layer.state === "off") return { ...row, tone: "quiet", word: "Off", reason: "" };
  if (row.missing !== 0) return { ...row, ...missing(row.missing, "line") };
  if (pending === 0) return { ...row, tone: "good", word: "Adds up", reason: "" };
  const lag = `the oldest has waited ${formatSpan(layer.lag_ms)}`;
  const away = store === "ready" ? "" : "The hot store is not ready. ";
  return {
    ...row,
    tone: layer.lag_ms > LAG_MS_MAX ? "warn" : "good",
    word: `Adds up, ${plural(pending, "line")} pending`,
    reason: `${away}On disk in the archive, on the way into the hot store; ${lag}.`,
  };
}

function batchRow(layer: BatchStatus): LedgerRow {
  const rest = layer.rows_read - layer.rows_loaded - layer.rows_rejected;
  const isLoading = layer.state === "loading" || layer.state === "scanning";
  const pending = isLoading ? Math.max(0, rest) : 0;
  const row = {
    layer: "batch",
    title: "Batch layer",
    unit: "rows of history files since the start",
    received: layer.rows_read,
    committed: layer.rows_loaded,
    rejected: layer.rows_rejected,
    pending,
    missing: rest - pending,
  } as const;
  if (layer.state === "off") return { ...row, tone: "quiet", word: "Off", reason: "" };
  if (row.missing !== 0) return { ...row, ...missing(row.missing, "row") };
  const known = layer.files_skipped > 0
    ? `${plural(layer.files_skipped, "file")} known already and not read again.`
    : "";
  if (pending === 0) return { ...row, tone: "good", word: "Adds up", reason: known };
  return {
    ...row,
    tone: "good",
    word: `Adds up, ${plural(pending, "row")} pending`,
    reason: `Read from ${layer.current_file ?? "a file"}, on the way into the hot store.`,
  };
}

function missing(count: number, unit: string) {
  return {
    tone: "bad",
    word: count > 0 ? `${plural(count, unit)} missing` : `${plural(-count, unit)} too many`,
    reason: count > 0
      ? "Received, and neither committed nor rejected nor pending. `rackwatch verify` names them."
      : "Counted twice, or taken in by another process. `rackwatch verify` compares every line.",
  } as const;
}
