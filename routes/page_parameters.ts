/** What an address of the page may hold, see `src/browser/address.ts`; the script writes it. */
import { GHOSTS, VIEWS } from "../src/browser/address.ts";
import { SPEED_MAX, SPEED_MIN } from "../src/browser/cursor.ts";
import { rangeNamed, RANGES } from "../src/browser/ranges.ts";
import { METRICS } from "../src/model/reading.ts";
import {
  choice,
  decimalNumber,
  hostId,
  instant,
  optional,
  type Parameter,
  region,
} from "./parameters.ts";

/** A quick range's name, or a span in seconds. */
const range: Parameter<string> = {
  otherwise: null,
  read: (given, fail) =>
    rangeNamed(given).name === given
      ? given
      : fail(`it must be one of ${RANGES.map(({ name }) => name).join(", ")}, or seconds as 5400s`),
};

/** `now`, so much earlier, or a moment. */
const beside: Parameter<string | number> = {
  otherwise: null,
  read: (given, fail) => Object.hasOwn(GHOSTS, given) ? given : instant.read(given, fail),
};

export const PAGE_SCHEMA = {
  view: optional(choice(VIEWS)),
  at: optional(instant),
  play: optional(choice(["1"])),
  speed: optional(decimalNumber(SPEED_MIN, SPEED_MAX)),
  range: optional(range),
  metric: optional(choice(METRICS)),
  region: optional(region),
  host: optional(hostId),
  ghost: optional(choice(Object.keys(GHOSTS))),
  vs: optional(beside),
  wall: optional(choice(["1"])),
};
