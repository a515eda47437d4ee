/**
 * What is kept of the hosts heard most recently, in bounded memory. Two generations: a host is looked
 * up in the young one, then in the old one, from which it moves to the young. When the young one
 * holds half the limit, the old one is forgotten and the young becomes old. So the last limit/2 hosts
 * heard are always known, never more than the limit, and a look-up of a known host is one Map access.
 * A host in alert is never forgotten.
 */

/** Hosts by region, by name; nested, because joining the two names would cost a string a reading. */
type Generation<Kept> = Map<string, Map<string, Kept>>;

export interface KeptOfHosts<Kept> {
  /** Of a host that is not known. */
  readonly fresh: () => Kept;
  /** It is in alert. */
  readonly isHeld: (kept: Kept) => boolean;
}

export class RecentHosts<Kept> {
  readonly #youngMax: number;
  readonly #kept: KeptOfHosts<Kept>;
  #young: Generation<Kept> = new Map();
  #youngCount = 0;
  /** Hosts of the young generation once more, by the number of their readings. */
  #bySeries: Kept[] = [];
  #old: Generation<Kept> = new Map();

  constructor(hostsMax: number, kept: KeptOfHosts<Kept>) {
    this.#youngMax = Math.max(1, Math.floor(hostsMax / 2));
    this.#kept = kept;
  }

  /** What is kept of the host; made where it is not known. */
  get(region: string, hostId: string, series?: number): Kept {
    if (series === undefined) return this.#byName(region, hostId);
    return this.#bySeries[series] ??= this.#byName(region, hostId);
  }

  #byName(region: string, hostId: string): Kept {
    const known = this.#young.get(region)?.get(hostId);
    if (known !== undefined) return known;
    const older = this.#old.get(region);
    const kept = older?.get(hostId) ?? this.#kept.fresh();
    older?.delete(hostId);
    if (this.#youngCount >= this.#youngMax) this.#turn();
    this.#put(region, hostId, kept);
    return kept;
  }

  *all(): Generator<Kept> {
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
      for (const [hostId, kept] of hosts) {
        // Not counted: open alerts have a limit of their own, and counting them here would turn
        // the generations at every new host once that many are open.
        if (this.#kept.isHeld(kept)) regionOf(this.#young, region).set(hostId, kept);
      }
    }
  }

  #put(region: string, hostId: string, kept: Kept): void {
    regionOf(this.#young, region).set(hostId, kept);
    this.#youngCount++;
  }
}

function regionOf<Kept>(generation: Generation<Kept>, region: string): Map<string, Kept> {
  let hosts = generation.get(region);
  if (hosts === undefined) {
    hosts = new Map();
    generation.set(region, hosts);
  }
  return hosts;
}
