/** What heavy questions go through, on the server as a whole: one gate, and one lane to the store. */
import type { Clock } from "../runtime/clock.ts";
import { AdmissionGate } from "./admission.ts";
import { QueryLane } from "./query_lane.ts";

export interface HeavyWork {
  readonly gate: AdmissionGate;
  readonly lane: QueryLane;
}

export function heavyWork(clock: Clock): HeavyWork {
  return { gate: new AdmissionGate(clock), lane: new QueryLane() };
}
