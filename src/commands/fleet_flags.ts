/** Ranges and defaults of the simulated fleet's flags, the same for every command that has them. */

export const FLEET_LIMITS = {
  rate: { fallback: 20, min: 0, max: 10_000_000, whole: false },
  hosts: { fallback: 20, min: 1, max: 100_000 },
  seed: { fallback: 1, min: 0, max: 4_294_967_295 },
  rows: { fallback: 10_000, min: 1, max: 10_000_000 },
} as const;
