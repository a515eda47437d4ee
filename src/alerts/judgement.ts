/** What is remembered of a host between its readings: by rule, and of its sensors by name. */
import type { OpenAlert } from "./open_alert.ts";
import { RecentHosts } from "./recent_hosts.ts";

/** What one rule knows of one host. */
export interface Judgement {
  /** Reading time last judged; -Infinity before the first. */
  judgedMs: number;
  closedMs: number;
  open: OpenAlert | null;
}

export function newJudgement(): Judgement {
  return { judgedMs: -Infinity, closedMs: -Infinity, open: null };
}

/** One judgement a rule. */
export type RulesOfHosts = RecentHosts<readonly Judgement[]>;

export function rulesOfHosts(hostsMax: number, rulesCount: number): RulesOfHosts {
  return new RecentHosts<readonly Judgement[]>(hostsMax, {
    fresh: () => Array.from({ length: rulesCount }, newJudgement),
    isHeld: (judgements) => judgements.some(({ open }) => open !== null),
  });
}

/**
 * All sensors of a host are told at once, so the time of the last judgement is the host's. Only
 * sensors that are in alert, or were at that time, are kept: as many as alerts may be open.
 */
export interface HostSensors {
  judgedMs: number;
  /** By the name of the alert's rule. */
  readonly byRule: Map<string, Judgement>;
}

export type SensorsOfHosts = RecentHosts<HostSensors>;

export function sensorsOfHosts(hostsMax: number): SensorsOfHosts {
  return new RecentHosts<HostSensors>(hostsMax, {
    fresh: () => ({ judgedMs: -Infinity, byRule: new Map() }),
    isHeld: ({ byRule }) => [...byRule.values()].some(({ open }) => open !== null),
  });
}
