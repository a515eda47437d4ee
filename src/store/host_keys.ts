/**
 * The dictionary of regions and hosts, as a writer uses it: names to the small keys that rows carry.
 * Known names cost a map look-up; unknown ones are added on the server, in a transaction of their
 * own, so that a batch that fails later leaves at most a name without readings, which nothing lists.
 */
import { LIMITS } from "../limits.ts";
import type { Database } from "./database.ts";

interface Named {
  readonly region: string;
  readonly host_id: string;
  readonly series?: number;
}

interface KnownRegion {
  readonly key: number;
  readonly hosts: Map<string, number>;
}

export class HostKeys {
  readonly #database: Database;
  #regions = new Map<string, KnownRegion>();
  #count = 0;
  /** Keys once more, by the number of a host's readings; 0 where it has none yet. */
  #bySeries = new Int32Array(0);

  constructor(database: Database) {
    this.#database = database;
  }

  /** Afterwards `hostKey` and `regionKey` answer for all of these. */
  async resolve(readings: readonly Named[]): Promise<void> {
    let missing = this.#missing(readings);
    if (missing.length === 0) return;
    if (this.#count + missing.length > LIMITS.hostsMax) {
      // Bounded memory however many names come: forget, and ask again for what this batch needs.
      this.forget();
      missing = this.#missing(readings);
    }
    const values = [missing.map((one) => one.region), missing.map((one) => one.host_id)];
    const results = await this.#database.transact([
      { text: ADD_REGIONS, values: [[...new Set(values[0])].sort()] },
      { text: ADD_HOSTS, values },
      { text: FIND_HOSTS, values },
    ]);
    for (const row of results[2]!) this.#learn(row as unknown as FoundHost);
  }

  /** Whether `resolve` would have nothing to ask for. */
  knows(readings: readonly Named[]): boolean {
    return this.#missing(readings).length === 0;
  }

  /** What is known belongs to a store that is gone. */
  forget(): void {
    this.#regions = new Map();
    this.#count = 0;
    this.#bySeries.fill(0);
  }

  /** @throws RangeError for a name that was not resolved: our mistake. */
  hostKey(region: string, hostId: string, series?: number): number {
    if (series === undefined) return this.#keyOf(region, hostId);
    const known = this.#bySeries[series];
    if (known !== undefined && known !== 0) return known;
    if (series >= this.#bySeries.length) this.#grow(series);
    return this.#bySeries[series] = this.#keyOf(region, hostId);
  }

  #keyOf(region: string, hostId: string): number {
    const key = this.#regions.get(region)?.hosts.get(hostId);
    if (key === undefined) throw new RangeError(`Cannot use host ${hostId}: it was not resolved`);
    return key;
  }

  regionKey(region: string): number {
    const known = this.#regions.get(region);
    if (known === undefined) throw new RangeError(`Cannot use ${region}: it was not resolved`);
    return known.key;
  }

  #grow(series: number): void {
    const grown = new Int32Array(Math.max(1_024, 2 * (series + 1)));
    grown.set(this.#bySeries);
    this.#bySeries = grown;
  }

  #missing(readings: readonly Named[]): Named[] {
    const missing = new Map<string, Named>();
    for (const reading of readings) {
      if (reading.series !== undefined && (this.#bySeries[reading.series] ?? 0) !== 0) continue;
      if (this.#regions.get(reading.region)?.hosts.has(reading.host_id)) continue;
      missing.set(`${reading.region.length} ${reading.region}${reading.host_id}`, reading);
    }
    return [...missing.values()];
  }

  #learn(row: FoundHost): void {
    let region = this.#regions.get(row.region);
    if (region === undefined) {
      region = { key: row.region_key, hosts: new Map() };
      this.#regions.set(row.region, region);
    }
    region.hosts.set(row.host_id, row.host_key);
    this.#count++;
  }
}

interface FoundHost {
  readonly region: string;
  readonly region_key: number;
  readonly host_id: string;
  readonly host_key: number;
}

// Sorted, so that two writers that add the same names never wait for each other in a circle.
const ADD_REGIONS = `insert into rackwatch.regions (region)
  select n.region from unnest($1::text[]) as n(region)
  where not exists (select from rackwatch.regions g where g.region = n.region)
  on conflict do nothing`;
const WANTED = `unnest($1::text[], $2::text[]) as n(region, host_id)
  join rackwatch.regions g on g.region = n.region`;
const ADD_HOSTS = `insert into rackwatch.hosts (region_key, host_id)
  select g.region_key, n.host_id from ${WANTED}
  where not exists (
    select from rackwatch.hosts h where h.region_key = g.region_key and h.host_id = n.host_id
  )
  order by g.region_key, n.host_id
  on conflict do nothing`;
const FIND_HOSTS = `select n.region, g.region_key, n.host_id, h.host_key from ${WANTED}
  join rackwatch.hosts h on h.region_key = g.region_key and h.host_id = n.host_id`;
