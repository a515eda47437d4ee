/**
 * Whether sources are heard: a deadman for each that was declared. Owns the vocabulary and the
 * judgement. A source that was never heard has as long as one that falls silent, from the start of
 * the process on: what came while nobody listened is in nobody's answer.
 */
import { isoUtc } from "./iso_time.ts";

/** `scrape`: a target, by its URL; `agent`: a token of an agent's own, by its name. */
export type SourceKind = "files" | "live" | "scrape" | "agent";

export interface WatchedSource {
  readonly kind: SourceKind;
  readonly name: string;
  /** Named in the configuration, or by a token; else it is known for having been heard. */
  readonly declared: boolean;
  /** Null: it is never said to be silent once it was heard. */
  readonly silentAfterMs: number | null;
  /** The same of one that was never heard. */
  readonly unheardAfterMs: number | null;
}

export interface SourceHealth {
  readonly kind: SourceKind;
  readonly name: string;
  readonly declared: boolean;
  /** When the newest record came, or the newest file was loaded; null: never. */
  readonly last_record: string | null;
  /** Seconds since then. */
  readonly silent_s: number | null;
  /** Null: for how long it may be silent is not said. */
  readonly silent_after_s: number | null;
  readonly silent: boolean;
}

export function sourceHealth(
  source: WatchedSource,
  lastMs: number | null,
  { nowMs, startedMs }: { readonly nowMs: number; readonly startedMs: number },
): SourceHealth {
  const { kind, name, declared } = source;
  const afterMs = lastMs === null ? source.unheardAfterMs : source.silentAfterMs;
  const sinceMs = Math.max(lastMs ?? startedMs, startedMs);
  return {
    kind,
    name,
    declared,
    last_record: lastMs === null ? null : isoUtc(lastMs),
    silent_s: lastMs === null ? null : Math.max(0, Math.floor((nowMs - lastMs) / 1000)),
    silent_after_s: source.silentAfterMs === null ? null : source.silentAfterMs / 1000,
    silent: afterMs !== null && nowMs - sinceMs > afterMs,
  };
}

/** How many are watched, and which are silent. */
export interface SourcesSummary {
  readonly watched: number;
  readonly silent: number;
  /** Of these the first ones. */
  readonly silent_names: readonly string[];
  /** Of each of these, when the newest record came; null: never. */
  readonly silent_since: readonly (string | null)[];
}

export function summaryOf(health: readonly SourceHealth[], namesMax: number): SourcesSummary {
  const silent = health.filter((source) => source.silent);
  const named = silent.slice(0, namesMax);
  return {
    watched: health.filter(({ declared }) => declared).length,
    silent: silent.length,
    silent_names: named.map(({ name }) => name),
    silent_since: named.map(({ last_record }) => last_record),
  };
}
