/**
 * The hosts heard most recently, in bounded memory. Two generations: a host is looked up in the
 * young one, then in the old one, from which it moves to the young. When the young one holds half
 * the limit, the old one is forgotten and the young becomes old. So the last limit/2 hosts heard are
 * always known, never more than the limit, and a look-up of a known host is one Map access.
 * A host in alert is never forgotten.
 */
import type { OpenAlert } from "./open_alert.ts";

/** What one rule knows of one host. */
export interface Judgement {
  /** Reading time last judged; -Infinity before the first. */
  judgedMs: number;
  closedMs: number;
  open: OpenAlert | null;
}

/** Hosts by region, by name; nested, because joining the two names would cost a string a reading. */
type Generation = Map<string, Map<string, Judgement[]>>;

export class RecentHosts {
  readonly #youngMax: number;
  readonly #rulesCount: number;
  #young: Generation = new Map();
  #youngCount = 0;
  /** Hosts of the young generation once more, by the number of their readings. */
  #bySeries: (readonly Judgement[])[] = [];
  #old: Generation = new Map();

  constructor(hostsMax: number, rulesCount: number) {
    this.#youngMax = Math.max(1, Math.floor(hostsMax / 2));
    this.#rulesCount = rulesCount;
  }

  /** The host's judgements, one a rule; made where the host is not known. */
  get(region: string, hostId: string, series?: number): readonly Judgement[] {
    if (series === undefined) return this.#byName(region, hostId);
    return this.#bySeries[series] ??= this.#byName(region, hostId);
  }

  #byName(region: string, hostId: string): readonly Judgement[] {
    const known = this.#young.get(region)?.get(hostId);
    if (known !== undefined) return known;
    const older = this.#old.get(region);
    const judgements = older?.get(hostId) ?? this.#fresh();
    older?.delete(hostId);
    if (this.#youngCount >= this.#youngMax) this.#turn();
    this.#put(region, hostId, judgements);
    return judgements;
  }

  *all(): Generator<readonly Judgement[]> {
    for (const generation of [this.#old, this.#young]) {
      for (const hosts of generation.values()) yield* hosts.values();
    }
  }

  #turn(): void {
    this.#bySeries = [];
    const forgotten = this.#old;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngCount = 0;
    for (const [region, hosts] of forgotten) {
      for (const [hostId, judgements] of hosts) {
        // Not counted: open alerts have a limit of their own, and counting them here would turn
        // the generations at every new host once that many are open.
        if (judgements.some((judgement) => judgement.open !== null)) {
          regionOf(this.#young, region).set(hostId, judgements);
        }
      }
    }
  }

  #put(region: string, hostId: string, judgements: Judgement[]): void {
    regionOf(this.#young, region).set(hostId, judgements);
    this.#youngCount++;
  }

  #fresh(): Judgement[] {
    return Array.from(
      { length: this.#rulesCount },
      () => ({ judgedMs: -Infinity, closedMs: -Infinity, open: null }),
    );
  }
}

function regionOf(generation: Generation, region: string): Map<string, Judgement[]> {
  let hosts = generation.get(region);
  if (hosts === undefined) {
    hosts = new Map();
    generation.set(region, hosts);
  }
  return hosts;
}
