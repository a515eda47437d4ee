/**
 * What goes wrong in the fleet, and when. An incident is a fact of (seed, region, time): a fan dies
 * on a host, a rack loses its cooling, a job runs away on part of a rack. Temperature goes the way
 * of a body of first order: towards the fault's, then back once it is repaired.
 *
 * Two schedules. The standing one holds at any time, in history and live: per region a rack
 * without cooling every 18–22 h (so that any 24 h hold a whole one), and now and then a lesser
 * incident. The live one counts from the feed's start and is quick, so that whoever has just
 * opened the dashboard sees an alert open and close: first after 20–35 s, then every 3–4 minutes.
 */
import { hash32, uniform, within } from "./hash.ts";
import type { Host, Strain } from "./host_model.ts";
import { decay } from "./waves.ts";

export type IncidentKind = "cooling" | "fan" | "runaway";

export interface Incident {
  readonly kind: IncidentKind;
  readonly key: number;
  readonly startMs: number;
  /** The fault lasts this long; then it is repaired and the heat decays. */
  readonly holdMs: number;
  /** Time constant of heating and cooling down. */
  readonly tauMs: number;
  readonly rack: number;
  /** Index of the host it happens to (`fan`). */
  readonly host: number;
}

/** The incidents of one region that may act at an instant. */
export interface FaultSchedule {
  at(atMs: number): readonly Incident[];
}

/** The shape of a region that faults need to know. */
export interface RegionShape {
  readonly key: number;
  readonly hosts: number;
  readonly racks: number;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const COOLING_EVERY_MS = 20 * HOUR_MS;
const LESSER_EVERY_MS = 21 * HOUR_MS;

/** After this many time constants nothing is left of an incident: e⁻⁸ of 60 °C is 0.02 °C. */
const TAIL_TAUS = 8;

export function endMs(incident: Incident): number {
  return incident.startMs + incident.holdMs + TAIL_TAUS * incident.tauMs;
}

/** The faults that hold at any time: a function of the seed and the calendar alone. */
export function standingFaults(region: RegionShape): FaultSchedule {
  // Each region counts from an origin of its own: they have no reason to fail together.
  const coolingOrigin = Math.floor(within([0, COOLING_EVERY_MS], region.key, 1, 10));
  const lesserOrigin = Math.floor(within([0, LESSER_EVERY_MS], region.key, 2, 10));
  return merged([
    slotted(
      COOLING_EVERY_MS,
      (slot) => coolingInSlot(region, slot, coolingOrigin + slot * COOLING_EVERY_MS),
      coolingOrigin,
    ),
    slotted(
      LESSER_EVERY_MS,
      (slot) => lesserInSlot(region, slot, lesserOrigin + slot * LESSER_EVERY_MS),
      lesserOrigin,
    ),
  ]);
}

/** Quick faults for a feed that starts at `startMs`; region `turn` of `turns` takes every so many. */
export function liveFaults(
  region: RegionShape,
  startMs: number,
  turn: number,
  turns: number,
  seed: number,
): FaultSchedule {
  const everyMs = 210_000;
  const origin = startMs + 20_000;
  const incidentAt = (slot: number): Incident | null => {
    if (slot < 0 || (slot + hash32(seed, 0, 5) % turns) % turns !== turn) return null;
    const key = hash32(region.key, slot, 6);
    return {
      // The one a newcomer meets takes a whole rack; later ones take turns.
      kind: slot === 0 ? "cooling" : kindOf(key),
      key,
      startMs: origin + slot * everyMs + Math.floor(within([0, 15_000], key, 1, 0)),
      holdMs: Math.floor(within([75_000, 105_000], key, 2, 0)),
      tauMs: Math.floor(within([5_000, 8_000], key, 3, 0)),
      ...placeOf(region, key),
    };
  };
  return slotted(everyMs, incidentAt, origin);
}

/** A list of incidents that is known beforehand. */
export function fixedFaults(incidents: readonly Incident[]): FaultSchedule {
  return { at: () => incidents };
}

export function merged(schedules: readonly FaultSchedule[]): FaultSchedule {
  let parts: (readonly Incident[])[] = [];
  let union: readonly Incident[] = [];
  return {
    at(atMs) {
      let same = parts.length > 0;
      for (let i = 0; i < schedules.length; i++) {
        if (schedules[i]!.at(atMs) !== parts[i]) same = false;
      }
      if (same) return union;
      parts = schedules.map((schedule) => schedule.at(atMs));
      union = parts.flat();
      return union;
    },
  };
}

/** A rack without cooling, for a span that the schedule would leave without one. */
export function coolingDuring(region: RegionShape, fromMs: number, untilMs: number): Incident {
  const span = untilMs - fromMs;
  const holdMs = Math.min(75 * MINUTE_MS, Math.floor(span * 0.4));
  const key = hash32(region.key, Math.floor(untilMs / 1000) | 0, 7);
  return {
    kind: "cooling",
    key,
    startMs: untilMs - Math.floor(holdMs * 1.9),
    holdMs,
    tauMs: Math.floor(holdMs / 7),
    ...placeOf(region, key),
  };
}

/**
 * Fills `into` with what the incidents do to a host at an instant. Several at once act as one, and
 * without a jump where one takes over from another: heat is 1 − Π(1 − hᵢ), its temperature the mean
 * of theirs weighted by hᵢ.
 */
export function strainOn(
  host: Host,
  incidents: readonly Incident[],
  atMs: number,
  into: Strain,
): void {
  let cool = 1;
  let weight = 0;
  let weighted = 0;
  let work = 0;
  for (const incident of incidents) {
    const since = atMs - incident.startMs;
    if (since <= 0 || atMs >= endMs(incident) || !strikes(incident, host)) continue;
    const heat = envelope(since, incident.holdMs, incident.tauMs);
    cool *= 1 - heat;
    weight += heat;
    weighted += heat * peakTempC(incident, host);
    if (incident.kind !== "runaway") continue;
    // A job starts and ends at once; averaged by its meter, that looks like a third of τ.
    work = Math.max(work, envelope(since, incident.holdMs, incident.tauMs / 3));
  }
  into.heat = 1 - cool;
  into.tempC = weight === 0 ? 0 : weighted / weight;
  into.work = work;
}

/** 0 → 1 while the fault holds, back to 0 after it; first order both ways. */
function envelope(since: number, holdMs: number, tauMs: number): number {
  if (since < holdMs) return 1 - decay(since / tauMs);
  return (1 - decay(holdMs / tauMs)) * decay((since - holdMs) / tauMs);
}

function strikes(incident: Incident, host: Host): boolean {
  switch (incident.kind) {
    case "fan":
      return host.index === incident.host;
    case "cooling":
      return host.rack === incident.rack;
    case "runaway":
      return host.index === incident.host ||
        (host.rack === incident.rack && (hash32(incident.key, host.index, 8) & 1) === 0);
  }
}

/** Where a host's temperature goes in an incident: past 90 °C, and with its jitter below 99. */
function peakTempC(incident: Incident, host: Host): number {
  const range = incident.kind === "runaway" ? RUNAWAY_PEAK_C : COOLING_PEAK_C;
  return within(range, incident.key, host.key, 9);
}

const COOLING_PEAK_C = [93, 98.4] as const;
const RUNAWAY_PEAK_C = [92, 95] as const;

function coolingInSlot(region: RegionShape, slot: number, slotMs: number): Incident {
  const key = hash32(region.key, slot, 3);
  return {
    kind: "cooling",
    key,
    startMs: slotMs + Math.floor(within([0, 2 * HOUR_MS], key, 1, 0)),
    holdMs: Math.floor(within([55, 80], key, 2, 0) * MINUTE_MS),
    tauMs: Math.floor(within([6, 8], key, 3, 0) * MINUTE_MS),
    ...placeOf(region, key),
  };
}

function lesserInSlot(region: RegionShape, slot: number, slotMs: number): Incident | null {
  const key = hash32(region.key, slot, 4);
  if (uniform(key, 4, 0) < 0.5) return null;
  return {
    kind: kindOf(key) === "fan" ? "fan" : "runaway",
    key,
    startMs: slotMs + Math.floor(within([0, 17 * HOUR_MS], key, 1, 0)),
    holdMs: Math.floor(within([40, 90], key, 2, 0) * MINUTE_MS),
    tauMs: Math.floor(within([6, 9], key, 3, 0) * MINUTE_MS),
    ...placeOf(region, key),
  };
}

function kindOf(key: number): IncidentKind {
  const kinds: readonly IncidentKind[] = ["cooling", "fan", "runaway"];
  return kinds[hash32(key, 5, 0) % 3]!;
}

function placeOf(region: RegionShape, key: number): { rack: number; host: number } {
  const rack = hash32(key, 6, 0) % region.racks;
  // A host of that rack: hosts are dealt to racks in turn.
  const inRack = Math.ceil((region.hosts - rack) / region.racks);
  return { rack, host: rack + region.racks * (hash32(key, 7, 0) % inRack) };
}

/** At most one incident a slot of time; one that began in the slot before may still act. */
function slotted(
  everyMs: number,
  incidentOf: (slot: number) => Incident | null,
  origin: number,
): FaultSchedule {
  let current = NaN;
  let incidents: readonly Incident[] = [];
  return {
    at(atMs) {
      const slot = Math.floor((atMs - origin) / everyMs);
      if (slot !== current) {
        current = slot;
        incidents = [incidentOf(slot - 1), incidentOf(slot)].filter((one) => one !== null);
      }
      return incidents;
    },
  };
}
