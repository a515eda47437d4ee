import { expect, test } from "bun:test";
import { type Appended, GroupCommit, type GroupSink } from "../../src/archive/group_commit.ts";
import type { Waiting } from "../../src/archive/group.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";

const BLOCK_BYTES = 200_000;
const BLOCKS = 12;

/** Writes all that waits at once. */
const SINK: GroupSink = {
  prepare: () => Promise.resolve(Infinity),
  write: (group: readonly Waiting[]) =>
    Promise.resolve(group.map((_, index): Appended => ({ part: 0, offset: index, arrivalMs: 0 }))),
  fail: (error) => error as Error,
};

function block() {
  const bytes = new Uint8Array(BLOCK_BYTES);
  return { bytes, ends: [BLOCK_BYTES - 1] };
}

test("of a large group few are told at a time, in their order, and others have their turn", async () => {
  const commits = new GroupCommit(SINK, REAL_CLOCK, { restMsMax: 0, enoughBytes: 0 });
  const told: (number | "turn")[] = [];
  let isDone = false;
  const turn = () => {
    if (isDone) return;
    told.push("turn");
    setImmediate(turn);
  };
  setImmediate(turn);
  await Promise.all(Array.from({ length: BLOCKS }, async (_, index) => {
    const { offset } = await commits.append(block(), 1);
    expect(offset).toBe(index);
    told.push(index);
  }));
  isDone = true;
  expect(told.filter((one) => one !== "turn")).toEqual(Array.from({ length: BLOCKS }, (_, n) => n));
  const longest = Math.max(
    ...told.join(" ").split("turn").map((run) => run.split(" ").filter((one) => one !== "").length),
  );
  expect(longest).toBeLessThanOrEqual(2);
});

test("flush resolves after all that is on the disk was told", async () => {
  const commits = new GroupCommit(SINK, REAL_CLOCK, { restMsMax: 0, enoughBytes: 0 });
  let told = 0;
  for (let index = 0; index < BLOCKS; index++) void commits.append(block(), 1).then(() => told++);
  await commits.flush();
  expect(told).toBe(BLOCKS);
  expect(commits.pendingBytes).toBe(0);
});
