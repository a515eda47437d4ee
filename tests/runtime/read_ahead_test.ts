import { expect, test } from "bun:test";
import { readAhead } from "../../src/runtime/read_ahead.ts";

async function* counting(log: string[], count: number, failsAt = Infinity) {
  try {
    for (let item = 0; item < count; item++) {
      if (item === failsAt) throw new Error(`no item ${item}`);
      log.push(`made ${item}`);
      yield item;
    }
  } finally {
    log.push("closed");
  }
}

test("all items come in order, each made while the one before is worked on", async () => {
  const log: string[] = [];
  for await (const item of readAhead(counting(log, 3))) {
    await Promise.resolve();
    log.push(`took ${item}`);
  }
  expect(log).toEqual(["made 0", "made 1", "took 0", "made 2", "took 1", "closed", "took 2"]);
});

test("a failure comes in its place, after the items before it", async () => {
  const log: string[] = [];
  const took: number[] = [];
  const all = async () => {
    for await (const item of readAhead(counting(log, 5, 2))) took.push(item);
  };
  expect(all()).rejects.toThrow("no item 2");
  await all().catch(() => {});
  expect(took.slice(0, 2)).toEqual([0, 1]);
});

test("who leaves early closes the source, even where its next item fails", async () => {
  const log: string[] = [];
  for await (const item of readAhead(counting(log, 5, 1))) {
    expect(item).toBe(0);
    break;
  }
  expect(log).toEqual(["made 0", "closed"]);
});
