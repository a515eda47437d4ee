/**
 * The number of a host in this thread: what is kept by host is found by it without its name. A number
 * is never given twice, whatever mappings there are.
 */
import { SERIES_MAX } from "../model/reading.ts";

class HostSeries {
  readonly #regions = new Map<string, Map<string, number>>();
  #last: { readonly region: string; readonly hosts: Map<string, number> } | null = null;
  #count = 0;

  /** Undefined where all numbers are given away. */
  of(region: string, hostId: string): number | undefined {
    const hosts = this.#last?.region === region ? this.#last.hosts : this.#hostsOf(region);
    const known = hosts.get(hostId);
    if (known !== undefined || this.#count >= SERIES_MAX) return known;
    hosts.set(hostId, this.#count);
    return this.#count++;
  }

  #hostsOf(region: string): Map<string, number> {
    let hosts = this.#regions.get(region);
    if (hosts === undefined) {
      hosts = new Map();
      // Regions without a number for their hosts are not kept.
      if (this.#count < SERIES_MAX) this.#regions.set(region, hosts);
    }
    this.#last = { region, hosts };
    return hosts;
  }
}

export const HOST_SERIES = new HostSeries();
