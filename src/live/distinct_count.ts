/**
 * How many distinct names were seen, in fixed memory: linear counting over 2²⁰ bits (128 KB). With
 * m bits of which z stay zero, n ≈ m · ln(m / z) (Whang, Vander-Zanden, Taylor 1990); under 1 % off
 * up to some millions, where it saturates.
 */
const BITS = 1 << 20;

export class DistinctCount {
  #words: Uint32Array | null = null;
  #zeros = BITS;

  add(name: string): void {
    this.#words ??= new Uint32Array(BITS / 32);
    const bit = Number(Bun.hash.wyhash(name) & BigInt(BITS - 1));
    const mask = 1 << (bit & 31);
    if ((this.#words[bit >>> 5]! & mask) !== 0) return;
    this.#words[bit >>> 5]! |= mask;
    this.#zeros--;
  }

  estimate(): number {
    return Math.round(BITS * Math.log(BITS / Math.max(1, this.#zeros)));
  }
}
