/** Alerts of the past, on both stores, against the same question asked of all of them at once. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Alert } from "../../src/model/alert.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { alertToJson } from "../../src/store/queries/alerts.ts";
import { EVERY_ALERT, queryAlertPage } from "../../src/store/queries/alert_pages.ts";
import { alertAt, openAlertsAt, queryAlertNear } from "../../src/store/queries/past_alerts.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { alert, liveBatch, START_MS } from "./fixtures.ts";

const SPAN_MS = 1_000_000;

function alerts(): Alert[] {
  const random = seededRandom(5);
  return Array.from({ length: 200 }, (_, index) => {
    const openedAtMs = START_MS + Math.floor(random.next() * SPAN_MS / 1000) * 1000;
    const isOpen = index % 10 === 0;
    const updatedAtMs = openedAtMs + Math.floor(random.next() * 300_000);
    const acknowledgedAtMs = index % 3 === 0 ? openedAtMs + 100_000 : null;
    return alert({
      id: `alert-${String(index).padStart(3, "0")}`,
      hostId: `host-${index}`,
      severity: "warning",
      openedAtMs,
      updatedAtMs,
      closedAtMs: isOpen ? null : updatedAtMs,
      closedBy: isOpen ? null : "cleared",
      acknowledgedAtMs,
    });
  });
}

const ALERTS = alerts();
const newestFirst = (a: Alert, b: Alert) => b.openedAtMs - a.openedAtMs || (a.id < b.id ? -1 : 1);

function listedAt(atMs: number, state: "open" | "closed" | null, limit: number) {
  const then = ALERTS.filter((one) => one.openedAtMs <= atMs).map((one) => alertAt(one, atMs));
  const open = then.filter((one) => one.closedAtMs === null).sort(newestFirst);
  const closed = then.filter((one) => one.closedAtMs !== null).sort(newestFirst);
  const all = [...state === "closed" ? [] : open, ...state === "open" ? [] : closed];
  return all.slice(0, limit).map(alertToJson);
}

afterAll(stopStores);

for (const kind of await storesUnderTest()) {
  describe(`past alerts on ${kind.name}`, () => {
    let store: OpenStore;
    beforeAll(async () => {
      store = await kind.open();
      const changes = ALERTS.map((one) => ({ kind: "opened", alert: one } as const));
      await new StoreWriter(store.database).commitLive(liveBatch({ alerts: changes }));
      // Only an operator acknowledges.
      const acknowledged = ALERTS.filter((one) => one.acknowledgedAtMs !== null);
      await store.database.query(
        `update rackwatch.alerts a set acknowledged_at = to_timestamp(k.at_ms / 1000)
        from unnest($1::text[], $2::float8[]) as k(id, at_ms) where a.alert_id = k.id`,
        [acknowledged.map((one) => one.id), acknowledged.map((one) => one.acknowledgedAtMs)],
      );
    }, 60_000);
    afterAll(() => store.close());

    test("are listed as they were, open ones first", async () => {
      for (let atMs = START_MS - 1000; atMs < START_MS + SPAN_MS + 400_000; atMs += 111_111) {
        for (const state of [null, "open", "closed"] as const) {
          for (const limit of [5, 1000]) {
            expect(await queryAlertPage(store.database, { ...EVERY_ALERT, state, limit, atMs }))
              .toEqual(listedAt(atMs, state, limit));
          }
        }
      }
    });

    test("of a moment at which one opens or closes", async () => {
      const { openedAtMs, closedAtMs, id } = ALERTS[1]!;
      const isOpen = async (atMs: number) =>
        (await openAlertsAt(store.database, atMs, 1000)).some((one) => one.id === id);
      expect(await isOpen(openedAtMs - 1)).toBe(false);
      expect(await isOpen(openedAtMs)).toBe(true);
      expect(await isOpen(closedAtMs! - 1)).toBe(true);
      expect(await isOpen(closedAtMs!)).toBe(false);
    });

    test("are walked one after the other, both ways, with none beyond the last", async () => {
      const times = [...new Set(ALERTS.map((one) => one.openedAtMs))].sort((a, b) => a - b);
      for (const direction of ["next", "previous"] as const) {
        const seen: number[] = [];
        let atMs = direction === "next" ? 0 : START_MS + 2 * SPAN_MS;
        for (;;) {
          const near = await queryAlertNear(store.database, atMs, direction);
          if (near === null) break;
          seen.push(atMs = Date.parse(near.opened));
        }
        expect(direction === "next" ? seen : seen.toReversed()).toEqual(times);
      }
    });
  });
}
