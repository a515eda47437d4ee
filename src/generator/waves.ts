/**
 * The two curves of the fleet's physics, in plain IEEE arithmetic: `Math.sin` and `Math.exp` may
 * differ in the last bit from one machine to the next, and the same seed has to give the same
 * bytes everywhere.
 */

/** sin(2π·turns) to within 0.0012 (a parabola, corrected once): the error is far below a watt. */
export function sine(turns: number): number {
  const x = turns - Math.floor(turns + 0.5);
  const y = 8 * x - 16 * x * Math.abs(x);
  return 0.225 * (y * Math.abs(y) - y) + y;
}

/** cos(2π·turns), as `sine`. */
export function cosine(turns: number): number {
  return sine(turns + 0.25);
}

/** e^(−x) for x ≥ 0, as (1 − x/64)^64: within 0.005, falling, and exactly 0 from x = 64 on. */
export function decay(x: number): number {
  if (x >= 64) return 0;
  let y = 1 - x / 64;
  y *= y;
  y *= y;
  y *= y;
  y *= y;
  y *= y;
  return y * y;
}

/** What a first-order lag makes of a wave, by the wave's period: cosine and sine weights. */
export interface LagResponse {
  readonly inPhase: number;
  readonly quadrature: number;
}

/**
 * Response of y′ = (x − y)/τ to x = cos(2πt/P) once it has settled:
 * y = (cos + ωτ·sin)/(1 + (ωτ)²) with ω = 2π/P (textbook low-pass of first order).
 */
export function lagResponse(tauMs: number, periodMs: number): LagResponse {
  const omegaTau = 2 * Math.PI * tauMs / periodMs;
  const inPhase = 1 / (1 + omegaTau * omegaTau);
  return { inPhase, quadrature: omegaTau * inPhase };
}
