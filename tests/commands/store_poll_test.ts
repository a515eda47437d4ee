/** What `serve` shows of the readings and alerts that another process commits. */
import { afterAll, expect, test } from "bun:test";
import { StorePoll } from "../../src/commands/store_poll.ts";
import { Hub } from "../../src/live/hub.ts";
import { SILENT_LOG } from "../../src/log.ts";
import type { Reading } from "../../src/model/reading.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { type LiveBatch, StoreWriter } from "../../src/store/writer.ts";
import { checkpoint, LIVE_ORIGIN, liveBatch, opened, reading } from "../store/fixtures.ts";
import { stopStores, storesUnderTest } from "../support/stores.ts";

afterAll(stopStores);

/** The start of this second: as the demo's lines have it. */
const SECOND_MS = Math.floor(Date.now() / 1000) * 1000;

for (const kind of await storesUnderTest()) {
  const house = async () => {
    const store = await kind.open();
    const writer = new StoreWriter(store.database);
    const hub = new Hub({ clock: REAL_CLOCK, log: SILENT_LOG });
    const seeded: string[] = [];
    const poll = new StorePoll(hub, {
      ready: async () => void seeded.push("ready"),
      recount: () => void seeded.push("recount"),
    }, REAL_CLOCK);
    let offset = 0;
    let part = 0;
    const commit = async (
      readings: readonly Partial<Reading>[],
      change: Partial<LiveBatch> = {},
    ) => {
      const from = checkpoint(offset, part);
      if (change.origin !== undefined) [part, offset] = [part + 1, 0];
      const placed = readings.map((one) => reading({ atMs: SECOND_MS, ...one, offset: offset++ }));
      const to = checkpoint(offset, part);
      await writer.commitLive(liveBatch({ ...change, readings: placed, from, to }));
    };
    return {
      commit,
      seeded,
      look: async () => {
        await poll.look(store.database);
        return hub.board();
      },
      [Symbol.asyncDispose]: () => store.close(),
    };
  };
  const rowsOf = (board: { regions: readonly { rows: number }[] }) =>
    board.regions.reduce((sum, one) => sum + one.rows, 0);

  test(`serve's look, ${kind.name}: counts each reading once, also several of one second`, async () => {
    await using one = await house();
    await one.commit([{ host_id: "before" }]);
    expect(rowsOf(await one.look())).toBe(0);
    await one.commit([{ host_id: "a" }, { host_id: "a" }]);
    expect(rowsOf(await one.look())).toBe(2);
    expect(rowsOf(await one.look())).toBe(2);
    await one.commit([{ host_id: "a" }]);
    const board = await one.look();
    expect(rowsOf(board)).toBe(3);
    expect(one.seeded).toEqual(["ready", "recount"]);
    expect(board.newest.map(({ host_id }) => host_id)).toEqual(["a", "a", "a"]);
  });

  test(`serve's look, ${kind.name}: sees a host whose clock is behind, and another part`, async () => {
    await using one = await house();
    await one.look();
    await one.commit([{ host_id: "right" }]);
    await one.look();
    await one.commit([{ host_id: "slow", atMs: SECOND_MS - 60_000 }]);
    await one.look();
    const path = LIVE_ORIGIN.path.replace("part-000000", "part-000001");
    await one.commit([{ host_id: "next" }], { origin: { ...LIVE_ORIGIN, path } });
    const board = await one.look();
    expect(board.newest.map(({ host_id }) => host_id)).toEqual(["next", "right", "slow"]);
  });

  test(`serve's look, ${kind.name}: an alert opens, escalates and closes`, async () => {
    await using one = await house();
    await one.look();
    const change = { severity: "warning", openedAtMs: SECOND_MS } as const;
    await one.commit([{ temp_c: 85 }], { alerts: [opened(change)] });
    expect((await one.look()).alertsOpen).toEqual({ warning: 1, critical: 0 });
    await one.commit([{ temp_c: 95 }], {
      alerts: [{ ...opened({ ...change, severity: "critical" }), kind: "escalated" }],
    });
    const hot = await one.look();
    expect(hot.alertsOpen).toEqual({ warning: 0, critical: 1 });
    expect(hot.troubles.map(({ host_id, value }) => [host_id, value])).toEqual([[
      "us-cloud-1",
      95,
    ]]);
    await one.commit([{ temp_c: 60 }], {
      alerts: [{
        ...opened({ ...change, closedAtMs: SECOND_MS, closedBy: "cleared" }),
        kind: "closed",
      }],
    });
    expect((await one.look()).alertsOpen).toEqual({ warning: 0, critical: 0 });
  });
}
