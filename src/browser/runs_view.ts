/** Archived runs as the page lists and replays them. Pure. */
import type { ViewState } from "./address.ts";
import { formatBytes, formatNumber, plural } from "./format.ts";
import type { RunRow } from "./quality_api.ts";
import { rangeOf, type TimeWindow } from "./ranges.ts";

/**
 * The stretch of time that a run's readings lie in: of a live run its arrivals, of a history file
 * what the store knows. Null where there is nothing to replay.
 */
export function spanOf(run: RunRow): TimeWindow | null {
  const fromMs = run.firstReadingMs ?? run.firstArrivalMs;
  const toMs = run.lastReadingMs ?? run.lastArrivalMs;
  return fromMs === null || toMs === null ? null : { fromMs, toMs };
}

/** Why a run can't be replayed; null where it can. */
export function notReplayable(run: RunRow): string | null {
  if (spanOf(run) !== null) return null;
  if (run.state === "damaged") return "Its manifest can't be read.";
  if (run.kind === "live") return "No line came.";
  return "Its readings are not in the hot store: known already, or replaced by a newer version.";
}

/** The page as it replays the run from its first reading, with the charts as wide as the run. */
export function replayOf(
  { fromMs, toMs }: TimeWindow,
  speed: number,
  nowMs: number,
): Partial<ViewState> {
  return {
    view: "overview",
    speed,
    range: rangeOf(toMs - fromMs),
    cursor: { kind: "replay", fromMs, sinceMs: nowMs, speed },
  };
}

export interface RunMark {
  readonly tone: "good" | "warn" | "bad" | "quiet";
  readonly word: string;
  /** What happened to it; empty where nothing did. */
  readonly detail: string;
}

export function markOf(run: RunRow): RunMark {
  const detail = [
    run.quarantined > 0 ? `${plural(run.quarantined, "damaged place")} set aside` : "",
    run.tornBytes > 0 ? `${formatBytes(run.tornBytes)} of an unfinished line cut off` : "",
    run.isRecovered ? "closed by the next start" : "",
    run.deletedParts > 0 ? `${formatNumber(run.deletedParts)} deleted by retention` : "",
    run.unknownColumns.length > 0 ? `unknown columns: ${run.unknownColumns.join(", ")}` : "",
  ].filter((part) => part !== "").join(" · ");
  const isHurt = run.quarantined > 0;
  switch (run.state) {
    case "open":
      return { tone: "quiet", word: "Being written", detail };
    case "interrupted":
      return { tone: "warn", word: "Interrupted", detail };
    case "damaged":
      return { tone: "bad", word: "Damaged", detail: detail || "its manifest can't be read" };
    case "closed":
      if (isHurt) return { tone: "bad", word: "Damaged", detail };
      return run.isRecovered || run.tornBytes > 0
        ? { tone: "warn", word: "Interrupted", detail }
        : { tone: "good", word: "Complete", detail };
  }
}
