/**
 * The simulated fleet: every region's hosts, and what each of them measures at an instant.
 * Deterministic by (seed, region, host, instant, faults); the number of hosts and the other regions
 * change nothing for a host but the rack it stands in.
 */
import { TimeZone } from "../units/time_zone.ts";
import { type FaultSchedule, type RegionShape, standingFaults, strainOn } from "./faults.ts";
import { hash32, textKey } from "./hash.ts";
import {
  blankMeasurement,
  createHost,
  type Host,
  measureHost,
  type Measurement,
  type Strain,
} from "./host_model.ts";
import { DEMO_PROFILES, type RegionProfile } from "./profiles.ts";

export interface FleetOptions {
  readonly seed: number;
  /** Hosts a region, 1–100,000. */
  readonly hosts: number;
  readonly profiles?: readonly RegionProfile[];
}

/** Most hosts a region may have. */
export const HOSTS_MAX = 100_000;

/** Racks a region has; an incident that takes one is seen in every so many readings. */
const RACKS_MAX = 4;

/** @throws {RangeError} when the number of hosts or the seed is none. */
export function createFleet(options: FleetOptions): readonly FleetRegion[] {
  const { seed, hosts } = options;
  if (!Number.isInteger(hosts) || hosts < 1 || hosts > HOSTS_MAX) {
    throw new RangeError(
      `Cannot build a fleet: hosts a region must be a whole number 1–${HOSTS_MAX}, got ${hosts}`,
    );
  }
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(
      `Cannot build a fleet: the seed must be a whole number 0–${Number.MAX_SAFE_INTEGER}, got ${seed}`,
    );
  }
  return (options.profiles ?? DEMO_PROFILES).map((profile) =>
    new FleetRegion(profile, seed, hosts)
  );
}

export class FleetRegion implements RegionShape {
  readonly profile: RegionProfile;
  readonly key: number;
  readonly racks: number;
  readonly members: readonly Host[];
  /** The faults that hold at any time. */
  readonly standing: FaultSchedule;
  readonly #zone: TimeZone;
  readonly #strain: Strain = { heat: 0, tempC: 0, work: 0 };
  readonly #measured: Measurement = blankMeasurement();

  constructor(profile: RegionProfile, seed: number, hosts: number) {
    this.profile = profile;
    this.key = hash32(seed | 0, Math.floor(seed / 4_294_967_296), textKey(profile.region));
    this.racks = Math.min(RACKS_MAX, hosts);
    this.members = Array.from(
      { length: hosts },
      (_, index) => createHost(profile, this.key, index, this.racks),
    );
    this.#zone = TimeZone.named(profile.zone);
    this.standing = standingFaults(this);
  }

  get hosts(): number {
    return this.members.length;
  }

  /** The host whose turn it is: turns go round, so that racks are met evenly. */
  memberAt(turn: number): Host {
    return this.members[turn % this.members.length]!;
  }

  /** The instant on the region's own clock, as if that were UTC. */
  localMs(atMs: number): number {
    return atMs + this.#zone.offsetMsAt(atMs);
  }

  /**
   * What a host measures, not rounded. The object is the region's own and is filled anew by the
   * next call.
   *
   * @param variant Tells apart readings of one host in one second.
   */
  measure(host: Host, atMs: number, faults: FaultSchedule, variant = 0): Readonly<Measurement> {
    strainOn(host, faults.at(atMs), atMs, this.#strain);
    measureHost(host, atMs, this.localMs(atMs), variant, this.#strain, this.#measured);
    return this.#measured;
  }
}
