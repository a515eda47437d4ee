/** Valid bytes, damaged as transport, disks and strangers damage them. */
import fc from "fast-check";

export type Mutation =
  | { readonly kind: "set" | "flip"; readonly at: number; readonly byte: number }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "delete" | "repeat"; readonly at: number; readonly length: number }
  | { readonly kind: "cut"; readonly at: number };

/** Bytes that mean something to formats: ends of lines and texts, lengths, signs, UTF-8 leads. */
const MEANINGFUL = [0, 1, 0x7f, 0x80, 0xff, 0xc3, 0xf0, ...Buffer.from("\n\r\"\\{}[],:=# -9eE.'")];

const at = fc.nat(1_000_000);
const byte = fc.oneof(fc.constantFrom(...MEANINGFUL), fc.nat(255));

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom("set", "flip"), at, byte }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("insert" as const),
      at,
      bytes: fc.array(byte, { minLength: 1, maxLength: 12 }).map((list) => Uint8Array.from(list)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("delete", "repeat"),
      at,
      length: fc.integer({ min: 1, max: 200 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const), at }) },
);

/** One of the seeds, changed in up to so many places; with its number. */
export function mutated(
  seeds: readonly Uint8Array[],
  changesMax = 6,
): fc.Arbitrary<{ readonly seed: number; readonly bytes: Uint8Array }> {
  return fc.tuple(fc.nat(seeds.length - 1), fc.array(mutation, { maxLength: changesMax }))
    .map(([seed, mutations]) => ({ seed, bytes: mutations.reduce(changed, seeds[seed]!) }));
}

function changed(bytes: Uint8Array, mutation: Mutation): Uint8Array {
  const where = bytes.length === 0 ? 0 : mutation.at % bytes.length;
  const before = bytes.subarray(0, where);
  switch (mutation.kind) {
    case "set":
    case "flip": {
      const copy = bytes.slice();
      if (copy.length > 0) {
        copy[where] = mutation.kind === "set" ? mutation.byte : copy[where]! ^ mutation.byte;
      }
      return copy;
    }
    case "insert":
      return joined(before, mutation.bytes, bytes.subarray(where));
    case "delete":
      return joined(before, bytes.subarray(where + mutation.length));
    case "repeat":
      return joined(bytes.subarray(0, where + mutation.length), bytes.subarray(where));
    case "cut":
      return before.slice();
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/**
 * Fails where something works longer than any input may: nobody waits for a stranger's line. Where
 * the machine is busy with others, what the process worked counts, and not what it waited.
 */
export function inTime<T>(what: string, work: () => T, msMax = 2_000): T {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  const tookMs = Math.min(performance.now() - startedMs, (user + system) / 1_000);
  if (tookMs > msMax) throw new Error(`${what} took ${Math.round(tookMs)} ms`);
  return result;
}
