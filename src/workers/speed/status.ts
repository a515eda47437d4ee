/** The speed layer's counters as `/api/status` shows them. */
import type { RunWriter } from "../../archive/run_writer.ts";
import type {
  ConnectionState,
  ScrapeStatus,
  SourceTraffic,
  SpeedStatus,
} from "../../model/status.ts";
import { type Address, formatAddress } from "../../runtime/address.ts";
import type { RunApplier } from "./applier.ts";
import type { BatchCommitter } from "./batch_committer.ts";
import type { Intake } from "./intake.ts";
import type { CounterRates } from "./rates/counter_rates.ts";

export interface SpeedParts {
  readonly state: SpeedStatus["state"];
  readonly connection: ConnectionState;
  readonly agents: number;
  readonly brokenStreams: number;
  readonly refusedAgents: SpeedStatus["refused_agents"];
  readonly cutLines: number;
  readonly cutBytes: number;
  readonly reconnects: number;
  readonly feed: Address | null;
  /** `tcp://…` or `tls://…`. */
  readonly listening: string | null;
  readonly archive: RunWriter | null;
  readonly intake: Intake | null;
  readonly applier: RunApplier | null;
  readonly committer: BatchCommitter;
  readonly scrapes: readonly ScrapeStatus[];
  readonly rates: Pick<CounterRates, "made" | "size" | "leftOut">;
  readonly sources: readonly SourceTraffic[];
  readonly dialError: string | null;
  readonly nowMs: number;
}

export function speedStatus(parts: SpeedParts): SpeedStatus {
  const counted = parts.intake?.counters;
  const archivedLines = counted?.archivedLines ?? 0;
  const applied = parts.applier?.applied ?? { lines: 0, rows: 0, deadLetters: 0 };
  const oldestMs = parts.applier?.oldestPendingMs ?? null;
  return {
    state: parts.state,
    run_id: parts.archive?.runId ?? null,
    feed: parts.feed === null ? null : `tcp://${formatAddress(parts.feed)}`,
    listen: parts.listening,
    connection: parts.connection,
    agents: parts.agents,
    broken_streams: parts.brokenStreams,
    refused_agents: parts.refusedAgents,
    cut_lines: parts.cutLines,
    cut_bytes: parts.cutBytes,
    received_lines: counted?.receivedLines ?? 0,
    received_bytes: counted?.receivedBytes ?? 0,
    blank_lines: counted?.blankLines ?? 0,
    ignored_records: counted?.ignoredRecords ?? 0,
    ignored_names: parts.intake?.ignoredNames.counts ?? [],
    rates_made: parts.rates.made,
    counters_held: parts.rates.size,
    counters_left_out: parts.rates.leftOut,
    archived_lines: archivedLines,
    archived_bytes: counted?.archivedBytes ?? 0,
    committed_rows: applied.rows,
    dead_letters: applied.deadLetters,
    late_rows: counted?.lateRows ?? 0,
    future_rows: counted?.futureRows ?? 0,
    alerts_not_opened: parts.intake?.alertsNotOpened ?? 0,
    pending_lines: Math.max(0, archivedLines - applied.lines),
    lag_ms: oldestMs === null ? 0 : Math.max(0, parts.nowMs - oldestMs),
    reconnects: parts.reconnects,
    scrapes: parts.scrapes,
    sources: parts.sources,
    last_error: parts.committer.lastError ?? parts.dialError,
  };
}
