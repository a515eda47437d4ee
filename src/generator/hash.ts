/**
 * Chance as a function: the same numbers in give the same number out, so that a host's state at
 * any instant is found without walking there. Integer arithmetic only: the same on every machine.
 */

/** 32 well-mixed bits of three integers (MurmurHash3's block step and finaliser; public domain). */
export function hash32(a: number, b: number, c: number): number {
  let h = block(0x9747b28c, a | 0);
  h = block(h, b | 0);
  h = block(h, c | 0);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Uniform in [0, 1), from three integers. */
export function uniform(a: number, b: number, c: number): number {
  return hash32(a, b, c) / 4_294_967_296;
}

/** Uniform in [low, high), from a range and three integers. */
export function within(
  range: readonly [low: number, high: number],
  a: number,
  b: number,
  c: number,
): number {
  return range[0] + (range[1] - range[0]) * uniform(a, b, c);
}

/** 32 bits of a text (FNV-1a over its UTF-16 units): names become keys. */
export function textKey(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

function block(state: number, value: number): number {
  let k = Math.imul(value, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const mixed = state ^ Math.imul(k, 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}
