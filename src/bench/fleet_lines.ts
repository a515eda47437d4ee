/**
 * The simulated fleet's lines over any span of time, as fast as they can be written: each host in
 * turn, at the pace at which that many hosts give that many rows in that span. Further regions than
 * the demo's three say their name in the line.
 */
import { createFleet, type FleetRegion } from "../generator/fleet.ts";
import { TimeText } from "../generator/numerals.ts";
import { DEMO_PROFILES, type RegionProfile } from "../generator/profiles.ts";
import { wireLine } from "../generator/wire.ts";

export interface FleetSpan {
  readonly rows: number;
  /** Over all regions. */
  readonly hosts: number;
  readonly startMs: number;
  readonly endMs: number;
  /** 3 unless given. */
  readonly regions?: number;
}

/** Characters of a block; a block is whole lines. */
const BLOCK_CHARS = 262_144;

export function* fleetBlocks(span: FleetSpan): Generator<Uint8Array, void, undefined> {
  const regions = span.regions ?? DEMO_PROFILES.length;
  const hosts = Math.max(1, Math.ceil(span.hosts / regions));
  const fleet = createFleet({ seed: 1, hosts, profiles: profilesOf(regions) });
  const time = new TimeText(), encoder = new TextEncoder();
  const stepMs = (span.endMs - span.startMs) / span.rows;
  let block = "";
  for (let row = 0; row < span.rows; row++) {
    const region = fleet[row % regions]!;
    const atMs = Math.floor((span.startMs + row * stepMs) / 1000) * 1000;
    block += lineOf(region, Math.floor(row / regions), atMs, time.format(atMs), regions > 3);
    if (block.length < BLOCK_CHARS) continue;
    yield encoder.encode(block);
    block = "";
  }
  if (block !== "") yield encoder.encode(block);
}

function lineOf(region: FleetRegion, turn: number, atMs: number, time: string, named: boolean) {
  const host = region.memberAt(turn);
  // Two readings of one host in one second differ.
  const variant = Math.floor(turn / region.hosts) & 3;
  const measured = region.measure(host, atMs, region.standing, variant);
  const line = wireLine(region.profile, host, time, measured);
  return named ? `${line.slice(0, -2)}, "region": "${region.profile.region}"}\n` : line;
}

/** The demo's profiles in turn; from the fourth region on under names of their own. */
function profilesOf(regions: number): RegionProfile[] {
  return Array.from({ length: regions }, (_, index) => {
    const profile = DEMO_PROFILES[index % DEMO_PROFILES.length]!;
    if (index < DEMO_PROFILES.length) return profile;
    const region = `${profile.region} ${Math.floor(index / DEMO_PROFILES.length) + 1}`;
    return { ...profile, region, hostPrefix: `r${index}-` };
  });
}
