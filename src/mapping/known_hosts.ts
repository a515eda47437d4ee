/**
 * Hosts by the bytes that a line names them with. Thousands come in no order, so what a look-up costs
 * is how many places in memory it touches: one table of numbers and one run of bytes, in place of a
 * Map and an array a host.
 */

const SLOTS_MIN = 1_024;

/** The names of one host in a line: bytes [from, to), and of its region, an empty range where it has none. */
export interface NameBytes {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly regionFrom: number;
  readonly regionTo: number;
}

export class KnownHosts<T> {
  readonly #hosts: T[] = [];
  /** Pairs: a hash, and the host's place plus one; 0 where there is none. Half of them are free. */
  #table = new Int32Array(2 * SLOTS_MIN);
  /** Host and region of each, one after the other; where each begins, and where its region does. */
  #names = new Uint8Array(16 * SLOTS_MIN);
  #begins = new Int32Array(SLOTS_MIN + 1);
  #regionBegins = new Int32Array(SLOTS_MIN);

  find(
    bytes: Uint8Array,
    from: number,
    to: number,
    regionFrom: number,
    regionTo: number,
  ): T | undefined {
    const table = this.#table, mask = table.length - 2;
    const hash = hashOf(bytes, from, to);
    for (let slot = hash << 1 & mask;; slot = slot + 2 & mask) {
      const place = table[slot + 1]! - 1;
      if (place < 0) return undefined;
      if (table[slot] !== hash) continue;
      const begin = this.#begins[place]!, region = this.#regionBegins[place]!;
      if (
        this.#isSame(begin, region, bytes, from, to) &&
        this.#isSame(region, this.#begins[place + 1]!, bytes, regionFrom, regionTo)
      ) return this.#hosts[place];
    }
  }

  /** One that `find` does not find. */
  add({ bytes, from, to, regionFrom, regionTo }: NameBytes, host: T): void {
    const place = this.#hosts.length;
    if (4 * (place + 1) > this.#table.length) this.#grow();
    const begin = this.#begins[place]!, region = begin + to - from;
    const end = region + regionTo - regionFrom;
    if (end > this.#names.length) this.#names = grown(this.#names, new Uint8Array(2 * end));
    this.#names.set(bytes.subarray(from, to), begin);
    this.#names.set(bytes.subarray(regionFrom, regionTo), region);
    this.#regionBegins[place] = region;
    this.#begins[place + 1] = end;
    this.#hosts.push(host);
    this.#enter(hashOf(bytes, from, to), place);
  }

  #enter(hash: number, place: number): void {
    const table = this.#table, mask = table.length - 2;
    let slot = hash << 1 & mask;
    while (table[slot + 1] !== 0) slot = slot + 2 & mask;
    table[slot] = hash;
    table[slot + 1] = place + 1;
  }

  #grow(): void {
    const before = this.#table;
    this.#table = new Int32Array(2 * before.length);
    for (let slot = 0; slot < before.length; slot += 2) {
      if (before[slot + 1] !== 0) this.#enter(before[slot]!, before[slot + 1]! - 1);
    }
    const hosts = this.#table.length / 4;
    this.#begins = grown(this.#begins, new Int32Array(hosts + 1));
    this.#regionBegins = grown(this.#regionBegins, new Int32Array(hosts));
  }

  #isSame(begin: number, end: number, bytes: Uint8Array, from: number, to: number): boolean {
    if (end - begin !== to - from) return false;
    const names = this.#names;
    // From the end: names differ there.
    for (let at = end - 1, other = to - 1; at >= begin; at--, other--) {
      if (names[at] !== bytes[other]) return false;
    }
    return true;
  }
}

function grown<A extends Uint8Array | Int32Array>(before: A, larger: A): A {
  larger.set(before);
  return larger;
}

/** FNV-1a over the bytes, 32 bits, the higher ones folded into the lower, which choose the slot. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash ^ hash >>> 15;
}
