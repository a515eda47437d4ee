import { expect, setDefaultTimeout, test } from "bun:test";
import { runWorld, type WorldResult } from "./world.ts";

setDefaultTimeout(120_000);

/** Seeds that once found something, each with what it was. */
const KEPT: readonly (readonly [seed: number, found: string])[] = [
  [8, "with the clock set back, a stream was told an older run's count"],
  [84, "a file written anew while it was loaded had some of its rows under the digest of all"],
  [25_503, "rollups that were settled late, and marked again since, were written once more"],
  [142, "a chunk that the store committed late stayed beside the load that replaced its file"],
];
const SEEDS = 300;
/** On a busy machine fewer worlds have to do. */
const BUDGET_MS = 20_000;
const WORLDS_MIN = 50;

test("worlds of many seeds: every line is archived as it was sent and stored once, and counted", async () => {
  const endMs = performance.now() + BUDGET_MS;
  for (let seed = 0; seed < SEEDS; seed++) {
    if (seed >= WORLDS_MIN && performance.now() > endMs) break;
    const result = await runWorld(seed);
    expect(result.faults, again(result)).toEqual([]);
  }
});

for (const [seed, found] of KEPT) {
  test(`the world of seed ${seed}: ${found}`, async () => {
    expect((await runWorld(seed)).faults).toEqual([]);
  });
}

test("the same seed gives the same world, to the last event", async () => {
  const first = await runWorld(7);
  expect(await runWorld(7)).toEqual(first);
  expect((await runWorld(8)).traceHash).not.toBe(first.traceHash);
});

const DEFENCES = [
  "datasync",
  "recovery_datasync",
  "sync_errors",
  "intent_first",
  "checkpoint",
] as const;

for (const without of DEFENCES) {
  test(`a program without its ${without} is found out`, async () => {
    let isFound = false;
    for (let seed = 0; seed < 400 && !isFound; seed++) {
      isFound = (await runWorld(seed, { without })).faults.length > 0;
    }
    expect(isFound).toBe(true);
  });
}

function again({ seed }: WorldResult): string {
  return `bun tests/simulation/run.ts --seed ${seed}`;
}
