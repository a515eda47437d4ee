import { expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { Pressure } from "../../src/workers/speed/pressure.ts";
import { SimulatedClock } from "./support/simulated_clock.ts";

function setUp() {
  const clock = new SimulatedClock();
  const told: boolean[] = [];
  return { clock, told, pressure: new Pressure(clock, (isOn) => told.push(isOn)) };
}

const FULL = LIMITS.batchQueueHolds;

test("senders wait while batches queue up, and go on when they are taken", () => {
  const { pressure, told } = setUp();
  pressure.rise(FULL - 1);
  expect(told).toEqual([]);
  pressure.rise(FULL);
  pressure.relieve(FULL);
  expect(told).toEqual([true]);
  pressure.relieve(FULL - 1);
  expect(told).toEqual([true, false]);
});

test("nobody waits for a store that takes none, until it takes one again", async () => {
  const { clock, pressure, told } = setUp();
  pressure.rise(FULL);
  await clock.advance(LIMITS.batchHoldMsMax);
  expect(told).toEqual([true, false]);
  pressure.rise(FULL + 1);
  expect(told).toEqual([true, false]);
  pressure.relieve(FULL + 1);
  pressure.rise(FULL + 2);
  expect(told).toEqual([true, false, true]);
});

test("each batch that is taken gives the next one its time", async () => {
  const { clock, pressure, told } = setUp();
  pressure.rise(FULL);
  await clock.advance(LIMITS.batchHoldMsMax - 1);
  pressure.relieve(FULL);
  await clock.advance(LIMITS.batchHoldMsMax - 1);
  expect(told).toEqual([true]);
});
