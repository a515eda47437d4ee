/** When the hub's rows by region are counted in the store. */
import { expect, test } from "bun:test";
import { HubSeed } from "../../src/commands/hub_seed.ts";
import { Hub } from "../../src/live/hub.ts";
import { SILENT_LOG } from "../../src/log.ts";
import type { SpeedStatus } from "../../src/model/status.ts";
import type { Database, Row } from "../../src/store/database.ts";
import { SPEED_OFF } from "../../src/workers/off_status.ts";
import { ManualClock } from "../live/manual_clock.ts";

/** A seed whose store holds 7 readings of India; `speed` is what the speed layer says next. */
function newSeed() {
  const state = { asked: 0, speed: SPEED_OFF as SpeedStatus };
  const database: Database = {
    kind: "postgres",
    query: <R extends Row>() => {
      state.asked++;
      return Promise.resolve([{ region: "India", readings: 7 }] as Row[] as R[]);
    },
    transact: () => Promise.reject(new Error("the hub's seed only reads")),
    close: () => Promise.resolve(),
  };
  const hub = new Hub({ clock: new ManualClock(), log: SILENT_LOG });
  const seed = new HubSeed({
    hub,
    database: () => database,
    speed: () => state.speed,
    log: SILENT_LOG,
  });
  seed.recount();
  const rows = () => hub.board().regions.map(({ region, rows }) => [region, rows]);
  return { seed, state, rows };
}

const QUIET: SpeedStatus = { ...SPEED_OFF, state: "running", received_lines: 5 };

/** The speed layer speaks so often, each time followed by a tick. */
async function words(seed: HubSeed, state: { speed: SpeedStatus }, count: number): Promise<void> {
  for (let word = 0; word < count; word++) {
    state.speed = { ...state.speed };
    await seed.tick();
  }
}

test("without a speed layer rows are counted once", async () => {
  const { seed, state, rows } = newSeed();
  await seed.tick();
  await seed.tick();
  await seed.tick();
  expect(state.asked).toBe(1);
  expect(rows()).toEqual([["India", 7]]);
});

test("a count holds once the speed layer has said twice that nothing came meanwhile", async () => {
  const { seed, state, rows } = newSeed();
  state.speed = QUIET;
  await seed.tick();
  await seed.tick();
  await words(seed, state, 1);
  expect(rows()).toEqual([]);
  await words(seed, state, 2);
  expect(rows()).toEqual([["India", 7]]);
  expect(state.asked).toBe(1);
});

test("the store is not asked for rows while lines are pending", async () => {
  const { seed, state, rows } = newSeed();
  state.speed = { ...QUIET, pending_lines: 1 };
  await words(seed, state, 3);
  expect(state.asked).toBe(0);
  state.speed = QUIET;
  await words(seed, state, 3);
  expect(rows()).toEqual([["India", 7]]);
});

for (const later of [{ pending_lines: 1 }, { received_lines: 6 }]) {
  test(`a count is taken again where ${Object.keys(later)[0]} rose meanwhile`, async () => {
    const { seed, state, rows } = newSeed();
    state.speed = QUIET;
    await seed.tick();
    await words(seed, state, 1);
    state.speed = { ...state.speed, ...later };
    await seed.tick();
    expect(rows()).toEqual([]);
    state.speed = { ...state.speed, pending_lines: 0 };
    await words(seed, state, 4);
    expect(state.asked).toBe(2);
    expect(rows()).toEqual([["India", 7]]);
  });
}

test("a count from before the batch layer loaded rows does not hold", async () => {
  const { seed, state, rows } = newSeed();
  state.speed = QUIET;
  await seed.tick();
  seed.recount();
  await words(seed, state, 2);
  expect(rows()).toEqual([]);
  await words(seed, state, 1);
  expect(state.asked).toBe(2);
  expect(rows()).toEqual([["India", 7]]);
});
