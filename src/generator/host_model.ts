/**
 * One host's physics in closed form: what it measures at an instant follows from (seed, host,
 * instant) and the faults acting on it, without any state. History of any length and the live feed
 * are therefore one and the same curve.
 *
 * Load is a sum of waves (the local day and half-day, the week, four of its own) and a little
 * jitter. Temperature is idle temperature plus gain times the load behind a first-order lag: for
 * a sum of waves that lag has an exact answer, so no integration is needed. Power follows load,
 * voltage sags under it.
 *
 * What keeps it inside its range without clipping, per profile: waves but the day's add up to
 * 2 + 4 + 2.5 + 2 + 1.6 = 12.1 points, jitter to 1. So load stays within base·(1 ∓ swing) ∓ 13.1:
 * India 12–83.3, USA 10.7–78.1, Germany 36.9–83.5 %. Temperature: 35.5 + 0.34·10 − 0.5 = 38.4 up to
 * 38 + 0.42·83.5 + 0.5 = 73.6 °C. Power: 430 + 7.6·load: 506–1152 W even at 95 %, ∓ 4. Voltage:
 * 12.09 − 0.0021·load ∓ 0.02: 11.88–12.09 V.
 */
import { hash32, within } from "./hash.ts";
import type { RegionProfile } from "./profiles.ts";
import { cosine, lagResponse, sine } from "./waves.ts";

/** What a host measures; not rounded. One is filled anew for each reading, none is allocated. */
export interface Measurement {
  tempC: number;
  cpuLoad: number;
  voltage: number;
  powerWatts: number;
}

export function blankMeasurement(): Measurement {
  return { tempC: 0, cpuLoad: 0, voltage: 0, powerWatts: 0 };
}

/** What the faults acting on a host do to it at an instant. */
export interface Strain {
  /** Share (0–1) of the way from its own temperature to `tempC`. */
  heat: number;
  tempC: number;
  /** Share (0–1) of the way from its own load to the profile's highest. */
  work: number;
}

/** No fault brings a host above this, °C. */
export const TEMP_C_MAX = 99;

interface Wave {
  readonly periodMs: number;
  /** Turns at the epoch. */
  readonly phase: number;
  readonly loadPercent: number;
  /** °C the wave adds to the temperature, in phase and a quarter turn behind. */
  readonly heatInPhase: number;
  readonly heatBehind: number;
  /** Counted on the region's own clock: the day, its half, the week. */
  readonly local: boolean;
}

export interface Host {
  readonly name: string;
  /** From 0, in its region. */
  readonly index: number;
  readonly key: number;
  readonly rack: number;
  readonly loadMax: number;
  readonly base: number;
  readonly idleTempC: number;
  readonly gain: number;
  readonly idleVoltage: number;
  readonly waves: readonly Wave[];
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** @param seedKey Key of the seed and the region: the same in, the same host out. */
export function createHost(
  profile: RegionProfile,
  seedKey: number,
  index: number,
  racks: number,
): Host {
  const key = hash32(seedKey, index, 1);
  const draw = (low: number, high: number, trait: number) => within([low, high], key, trait, 2);
  const base = draw(...profile.baseLoad, 1);
  const day = base * draw(...profile.daySwing, 2);
  const gain = draw(0.34, 0.42, 3);
  const tauMs = draw(5, 11, 4) * MINUTE_MS;
  // The day peaks between 14:00 and 17:00, the week in its middle (the epoch was a Thursday).
  const peakTurns = draw(14, 17, 5) / 24;
  const wave = (periodMs: number, phase: number, loadPercent: number, local: boolean): Wave => {
    const lag = lagResponse(tauMs, periodMs);
    return {
      periodMs,
      phase,
      loadPercent,
      heatInPhase: gain * loadPercent * lag.inPhase,
      heatBehind: gain * loadPercent * lag.quadrature,
      local,
    };
  };
  return {
    name: `${profile.hostPrefix}${index + 1}`,
    index,
    key,
    rack: index % racks,
    loadMax: profile.loadMax,
    base,
    idleTempC: draw(...profile.idleTempC, 6),
    gain,
    idleVoltage: draw(12.08, 12.09, 7),
    waves: [
      wave(DAY_MS, -peakTurns, 0.85 * day, true),
      wave(DAY_MS / 2, -2 * peakTurns + draw(-0.1, 0.1, 8), 0.15 * day, true),
      wave(7 * DAY_MS, draw(0, 0.15, 9), 2, true),
      wave(draw(60, 120, 10) * MINUTE_MS, draw(0, 1, 11), draw(2, 4, 12), false),
      wave(draw(17, 33, 13) * MINUTE_MS, draw(0, 1, 14), draw(1, 2.5, 15), false),
      wave(draw(4, 10, 16) * MINUTE_MS, draw(0, 1, 17), draw(1, 2, 18), false),
      wave(draw(0.7, 2, 19) * MINUTE_MS, draw(0, 1, 20), draw(0.8, 1.6, 21), false),
    ],
  };
}

/**
 * Fills `into` with what the host measures.
 *
 * @param localMs The instant on the region's own clock, as if that were UTC.
 * @param variant Readings of one host in one second differ in their jitter by this.
 */
export function measureHost(
  host: Host,
  atMs: number,
  localMs: number,
  variant: number,
  strain: Strain,
  into: Measurement,
): void {
  let load = host.base;
  let tempC = host.idleTempC + host.gain * host.base;
  for (const wave of host.waves) {
    const turns = (wave.local ? localMs : atMs) / wave.periodMs + wave.phase;
    const inPhase = cosine(turns);
    load += wave.loadPercent * inPhase;
    tempC += wave.heatInPhase * inPhase + wave.heatBehind * sine(turns);
  }
  const noise = hash32(host.key, Math.floor(atMs / 1000) | 0, variant);
  load += signed(noise);
  load += (host.loadMax - load) * strain.work;
  tempC += 0.5 * signed(noise >>> 8);
  if (strain.heat > 0) tempC += Math.max(0, strain.tempC - tempC) * strain.heat;
  into.cpuLoad = clamp(load, 10, host.loadMax);
  into.tempC = clamp(tempC, 35, TEMP_C_MAX);
  into.voltage = clamp(host.idleVoltage - 0.0021 * load + 0.01 * signed(noise >>> 16), 11.8, 12.2);
  into.powerWatts = clamp(430 + 7.6 * load + 4 * signed(noise >>> 24), 400, 1200);
}

/** The lowest eight bits as a number in [−1, 1]. */
function signed(bits: number): number {
  return (bits & 255) / 127.5 - 1;
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
