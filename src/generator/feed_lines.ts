/**
 * The live feed's lines, encoded: a region at random, its hosts in turn, measured at the instant
 * they are asked for. Lines of one host and second come from a small set of variants that is
 * encoded once, so that millions a second cost no more than their copying.
 */
import { type FaultSchedule, liveFaults, merged } from "./faults.ts";
import type { FleetRegion } from "./fleet.ts";
import { TimeText } from "./numerals.ts";
import { wireLine } from "./wire.ts";
import type { Random } from "../runtime/random.ts";

/** Jitters a host has within a second; a fifth reading repeats the first. */
const VARIANTS = 4;

/** No line is longer: 104 bytes of constant text, 19 of time, the numbers, a name. */
export const FEED_LINE_BYTES_MAX = 512;

/** What a host said in a second. */
interface Spoken {
  second: number;
  readings: number;
  lines: Uint8Array[];
}

interface Speaker {
  readonly region: FleetRegion;
  readonly faults: FaultSchedule;
  readonly stride: number;
  readonly spoken: (Spoken | undefined)[];
  turn: number;
}

export class FeedLines {
  readonly #speakers: readonly Speaker[];
  readonly #random: Random;
  readonly #time = new TimeText();
  readonly #encoder = new TextEncoder();

  /** @param startMs When the feed began: its quick faults count from here. */
  constructor(fleet: readonly FleetRegion[], seed: number, random: Random, startMs: number) {
    this.#random = random;
    this.#speakers = fleet.map((region, turn) => ({
      region,
      faults: merged([region.standing, liveFaults(region, startMs, turn, fleet.length, seed)]),
      stride: strideOf(region.hosts),
      spoken: [],
      turn: 0,
    }));
  }

  /** The next line with its LF; not to be written to. */
  next(atMs: number): Uint8Array {
    const speaker = this.#speakers[Math.floor(this.#random.next() * this.#speakers.length)]!;
    const turn = speaker.turn;
    speaker.turn = (turn + speaker.stride) % speaker.region.hosts;
    const second = Math.floor(atMs / 1000);
    const spoken = speaker.spoken[turn] ??= { second, readings: 0, lines: [] };
    if (spoken.second !== second) {
      spoken.second = second;
      spoken.readings = 0;
      spoken.lines = [];
    }
    const variant = spoken.readings++ % VARIANTS;
    return spoken.lines[variant] ??= this.#encode(speaker, turn, second * 1000, variant);
  }

  #encode(speaker: Speaker, turn: number, atMs: number, variant: number): Uint8Array {
    const { region, faults } = speaker;
    const host = region.memberAt(turn);
    const measured = region.measure(host, atMs, faults, variant);
    const line = this.#encoder.encode(
      wireLine(region.profile, host, this.#time.format(atMs), measured),
    );
    if (line.length > FEED_LINE_BYTES_MAX) {
      throw new RangeError(
        `Cannot send a line of host ${host.name}: ${FEED_LINE_BYTES_MAX} bytes at most, ` +
          `got ${line.length}`,
      );
    }
    return line;
  }
}

/** A step that meets every host once before any again, and looks like no order: about 0.62 n. */
function strideOf(hosts: number): number {
  let stride = Math.max(1, Math.round(hosts * 0.618));
  while (greatestCommonDivisor(stride, hosts) !== 1) stride++;
  return stride;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
