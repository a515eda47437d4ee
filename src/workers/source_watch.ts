/**
 * Watches that declared sources are heard: `[[source]]`, `[[scrape]]` and `[[redfish]]` tables,
 * and agents' own tokens. Says in the log when one falls silent and when it is heard again. Asks no store: each layer
 * tells what it heard. Of a layer that this process does not run, nothing is known or said.
 */
import { LIMITS } from "../limits.ts";
import type { Log } from "../log.ts";
import { parseDeclarations } from "../mapping/declaration.ts";
import { type SourceHealth, sourceHealth, type WatchedSource } from "../model/source_health.ts";
import type { BatchStatus, SourceTraffic, SpeedStatus } from "../model/status.ts";
import type { AgentTokens } from "../runtime/agent_tokens.ts";
import { allTargets } from "./speed/scrape/scrapers.ts";

export interface SourceWatchOptions {
  readonly sources: readonly unknown[];
  readonly scrapes: readonly unknown[];
  readonly redfish: readonly unknown[];
  readonly configFile: string | null;
  /** Null: agents with tokens of their own are never said to be silent. */
  readonly agentSilentAfterMs: number | null;
  readonly runs: { readonly speed: boolean; readonly batch: boolean };
  /** Null: there is nothing that takes them. */
  readonly tokens: Pick<AgentTokens, "names" | "heard"> | null;
  readonly startedMs: number;
  readonly log: Log;
}

export interface LayersHeard {
  readonly speed: Pick<SpeedStatus, "sources" | "scrapes">;
  readonly batch: Pick<BatchStatus, "sources">;
  /** Over connections, epoch ms by name. */
  readonly agents: ReadonlyMap<string, number>;
}

export class SourceWatch {
  readonly #options: SourceWatchOptions;
  readonly #declared: readonly WatchedSource[];
  #silent: ReadonlySet<string> = new Set();

  /** @throws {DeclarationError} for a table that declares nothing. */
  constructor(options: SourceWatchOptions) {
    this.#options = options;
    this.#declared = declaredSources(options);
  }

  /** Declared ones in the order of the configuration, then others that were heard. */
  health(layers: LayersHeard, nowMs: number): SourceHealth[] {
    const { tokens, runs, startedMs, agentSilentAfterMs } = this.#options;
    const heard = heardBy(layers, tokens?.heard ?? new Map());
    const agents = runs.speed ? tokens?.names ?? [] : [];
    const declared = [
      ...this.#declared,
      ...agents.map((name) => watched("agent", name, agentSilentAfterMs, agentSilentAfterMs)),
    ];
    const names = new Set(declared.map(keyOf));
    const undeclared = [...heard.values()].filter((each) => !names.has(keyOf(each)))
      .map(({ kind, name }) => ({ ...watched(kind, name, null, null), declared: false }));
    return [...declared, ...undeclared].map((source) =>
      sourceHealth(source, heard.get(keyOf(source))?.lastMs ?? null, { nowMs, startedMs })
    );
  }

  /** A word where one falls silent, or is heard again. */
  tell(health: readonly SourceHealth[]): void {
    const { log } = this.#options;
    const silent = health.filter((source) => source.silent);
    const before = this.#silent;
    this.#silent = new Set(silent.map(keyOf));
    for (const { kind, name, last_record, silent_s } of silent) {
      if (before.has(keyOf({ kind, name }))) continue;
      log.warn(last_record === null ? "a source was never heard" : "a source has fallen silent", {
        kind,
        source: name,
        ...(last_record === null ? {} : { last_record, silent_s }),
      });
    }
    for (const { kind, name } of health) {
      if (!before.has(keyOf({ kind, name })) || this.#silent.has(keyOf({ kind, name }))) continue;
      log.info("a source is heard again", { kind, source: name });
    }
  }
}

type Named = Pick<WatchedSource, "kind" | "name">;

function keyOf({ kind, name }: Named): string {
  return `${kind} ${name}`;
}

function watched(
  kind: WatchedSource["kind"],
  name: string,
  silentAfterMs: number | null,
  unheardAfterMs: number | null,
): WatchedSource {
  return { kind, name, declared: true, silentAfterMs, unheardAfterMs };
}

function declaredSources(options: SourceWatchOptions): WatchedSource[] {
  const { sources, scrapes, redfish, configFile, runs } = options;
  const where = configFile ?? "configuration";
  const usual = LIMITS.sourceSilentAfterMs;
  const declared = parseDeclarations(sources, where).flatMap((source) => {
    const { name, paths, silentAfterMs: given } = source;
    // Zero is never.
    const declaredMs = given || null;
    const neverHeardMs = given === null ? usual : declaredMs;
    // Files come when they come, but a path that never named one is mistyped, or not there yet.
    if (paths.length > 0) {
      return runs.batch ? [watched("files", name, declaredMs, neverHeardMs)] : [];
    }
    return runs.speed ? [watched("live", name, neverHeardMs, neverHeardMs)] : [];
  });
  if (!runs.speed) return declared;
  const { exporters, bmcs } = allTargets({ scrapes, redfish }, where);
  const targets = [...exporters, ...bmcs].map(({ url, everyMs, silentAfterMs: given }) => {
    const afterMs = given === null ? Math.max(usual, SCRAPES_MISSED * everyMs) : given || null;
    return watched("scrape", url, afterMs, afterMs);
  });
  return [...declared, ...targets];
}

/** Scrapes in vain before a target is silent: it is asked at up to eight times its interval. */
const SCRAPES_MISSED = 10;

function heardBy(
  { speed, batch, agents }: LayersHeard,
  byHttp: ReadonlyMap<string, number>,
): Map<string, Named & { readonly lastMs: number }> {
  const heard = new Map<string, Named & { readonly lastMs: number }>();
  const hear = (kind: WatchedSource["kind"], name: string, lastMs: number | null) => {
    if (lastMs === null || Number.isNaN(lastMs)) return;
    const key = keyOf({ kind, name });
    heard.set(key, { kind, name, lastMs: Math.max(lastMs, heard.get(key)?.lastMs ?? -Infinity) });
  };
  const all = (kind: "files" | "live", list: readonly SourceTraffic[]) => {
    for (const { name, last_record } of list) hear(kind, name, timeOf(last_record));
  };
  all("files", batch.sources);
  all("live", speed.sources);
  for (const { url, last_record } of speed.scrapes) hear("scrape", url, timeOf(last_record));
  for (const [name, lastMs] of [...agents, ...byHttp]) hear("agent", name, lastMs);
  return heard;
}

function timeOf(iso: string | null): number | null {
  return iso === null ? null : Date.parse(iso);
}
