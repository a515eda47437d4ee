/** Fills a store by the normal path: agents' lines over a span of time, until they are committed. */
import { fleetBlocks, type FleetSpan } from "./fleet_lines.ts";
import { type House, untilCommitted } from "./house.ts";
import { sendAll } from "./line_sender.ts";

/**
 * @param before Lines that the house had taken already.
 * @returns Seconds from the first byte to the last committed row.
 */
export async function backfill(house: House, span: FleetSpan, before = 0): Promise<number> {
  const agents = await house.agents();
  const startedMs = performance.now();
  await sendAll(agents, fleetBlocks(span));
  await untilCommitted(house, before + span.rows);
  return (performance.now() - startedMs) / 1000;
}
