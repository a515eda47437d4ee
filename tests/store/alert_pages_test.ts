/** Pages of alerts, on both stores, against the same question asked of all of them at once. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Alert } from "../../src/model/alert.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import {
  type AlertPageQuery,
  type AlertPlace,
  queryAlertPage,
} from "../../src/store/queries/alert_pages.ts";
import { alertToJson } from "../../src/store/queries/alerts.ts";
import { alertAt } from "../../src/store/queries/past_alerts.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { alert, liveBatch, reading, START_MS } from "./fixtures.ts";

const SPAN_MS = 1_000_000;
/** More hosts than are gone through one by one. */
const HOSTS = Array.from({ length: 210 }, (_, nth) => ({
  hostId: nth < 6 ? `Few-${nth}` : `many-${nth}`,
  region: nth % 3 === 0 ? "India" : "USA",
}));

const ALERTS: readonly Alert[] = (() => {
  const random = seededRandom(11);
  return Array.from({ length: 400 }, (_, index) => {
    const openedAtMs = START_MS + Math.floor(random.next() * SPAN_MS / 5000) * 5000;
    const updatedAtMs = openedAtMs + Math.floor(random.next() * 200) * 1000;
    const peakSeverity = random.next() < 0.4 ? "critical" : "warning";
    const isLowered = peakSeverity === "critical" && random.next() < 0.5;
    return alert({
      id: `alert-${String(index).padStart(3, "0")}`,
      ...HOSTS[index % 5 === 0 ? index % 6 : index % HOSTS.length]!,
      rule: index % 7 === 0 ? "cpu" : "temperature",
      severity: isLowered ? "warning" : peakSeverity,
      peakSeverity,
      openedAtMs,
      updatedAtMs,
      closedAtMs: index % 3 === 0 ? null : updatedAtMs,
      closedBy: index % 3 === 0 ? null : "cleared",
    });
  });
})();

const EVERY_ONE = {
  state: null,
  severity: null,
  region: null,
  rule: null,
  host: null,
  atMs: null,
} as const;
type Wish = Omit<AlertPageQuery, "after" | "limit">;

const newestFirst = (a: Alert, b: Alert) => b.openedAtMs - a.openedAtMs || (a.id < b.id ? -1 : 1);
const severityOf = (one: Alert) => one.closedAtMs === null ? one.severity : one.peakSeverity;

function expected(wish: Wish): Alert[] {
  const { atMs } = wish;
  const then = atMs === null
    ? [...ALERTS]
    : ALERTS.filter((one) => one.openedAtMs <= atMs).map((one) => alertAt(one, atMs));
  const wanted = then.filter((one) =>
    (wish.severity === null || severityOf(one) === wish.severity) &&
    (wish.region === null || one.region === wish.region) &&
    (wish.rule === null || one.rule === wish.rule) &&
    (wish.host === null || one.hostId.toLowerCase().includes(wish.host.toLowerCase()))
  );
  const open = wanted.filter((one) => one.closedAtMs === null).sort(newestFirst);
  const closed = wanted.filter((one) => one.closedAtMs !== null).sort(newestFirst);
  return [...wish.state === "closed" ? [] : open, ...wish.state === "open" ? [] : closed];
}

const MIDDLE_MS = START_MS + SPAN_MS / 2;
const WISHES: readonly Partial<Wish>[] = [
  {},
  { state: "closed", severity: "critical" },
  { state: "open", severity: "warning" },
  { region: "India" },
  { rule: "cpu", region: "USA" },
  { host: "few-2" },
  { host: "FEW" },
  { host: "many" },
  { host: "many", region: "India", severity: "warning" },
  { host: "100%_nobody" },
];

afterAll(stopStores);

for (const kind of await storesUnderTest()) {
  describe(`pages of alerts on ${kind.name}`, () => {
    let store: OpenStore;
    beforeAll(async () => {
      store = await kind.open();
      const readings = HOSTS.map(({ hostId, region }) => reading({ host_id: hostId, region }));
      const alerts = ALERTS.map((one) => ({ kind: "opened", alert: one } as const));
      await new StoreWriter(store.database).commitLive(liveBatch({ readings, alerts }));
    }, 60_000);
    afterAll(() => store.close());

    for (const wish of WISHES) {
      for (const atMs of [null, MIDDLE_MS]) {
        const when = atMs === null ? "now" : "at a moment";
        test(`${JSON.stringify(wish)} ${when}: every one once, page by page`, async () => {
          const query = { ...EVERY_ONE, ...wish, atMs };
          const seen = [];
          for (let after: AlertPlace | null = null;;) {
            const page = await queryAlertPage(store.database, { ...query, after, limit: 37 });
            seen.push(...page);
            const last = page.at(-1);
            if (page.length < 37 || last === undefined) break;
            after = {
              state: last.closed === null ? "open" : "closed",
              openedMs: Date.parse(last.opened),
              id: last.id,
            };
          }
          expect(seen).toEqual(expected(query).map(alertToJson));
        });
      }
    }
  });
}
