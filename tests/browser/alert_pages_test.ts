import { expect, test } from "bun:test";
import type { Alert } from "../../src/model/alert.ts";
import {
  ALERTS_A_PAGE,
  askAlertPage,
  EVERY_ALERT,
  inOrder,
  joined,
  lastedMs,
  NOTE_CHARS_MAX,
} from "../../src/browser/alert_pages.ts";
import type { Ask } from "../../src/browser/ask.ts";
import { asAcknowledged } from "../../src/browser/board_model.ts";
import { LIMITS } from "../../src/limits.ts";
import { alertToJson } from "../../src/store/queries/alerts.ts";
import { alert } from "../store/fixtures.ts";

const at = (minute: number) => Date.UTC(2025, 10, 21, 2, minute);

function made(id: string, opened: number, closed: number | null, change: Partial<Alert> = {}) {
  return alert({
    id,
    openedAtMs: at(opened),
    closedAtMs: closed === null ? null : at(closed),
    ...change,
  });
}

const SHORT = made("short", 10, 11, {
  hostId: "b-2",
  severity: "warning",
  peakSeverity: "warning",
});
const LONG = made("long", 1, 9, { hostId: "b-10" });
const OPEN = made("open", 5, null, { hostId: "a-1", severity: "warning", peakSeverity: "warning" });
const ALL = [OPEN, SHORT, LONG];

function asked(answer: readonly Alert[]) {
  const queries: Record<string, unknown>[] = [];
  const ask: Ask = {
    get: (path, query) => {
      queries.push({ path, ...query });
      return Promise.resolve(answer.map(alertToJson));
    },
    post: () => Promise.reject(new Error("nothing is posted here")),
  };
  return { ask, queries };
}

test("only what was chosen is asked for, and at the cursor where that is past", async () => {
  const { ask, queries } = asked([OPEN]);
  const live = await askAlertPage(ask, EVERY_ALERT, null, null);
  const filter = { ...EVERY_ALERT, state: "closed", host: " gpu ", region: "India" } as const;
  await askAlertPage(ask, filter, at(30), SHORT);
  const path = "/api/alerts";
  expect(queries).toEqual([{ path, limit: ALERTS_A_PAGE }, {
    path,
    limit: ALERTS_A_PAGE,
    state: "closed",
    host: "gpu",
    region: "India",
    at: at(30),
    after: `closed,${at(10)},short`,
  }]);
  expect(live).toEqual({ alerts: [OPEN], hasMore: false });
});

test("a full page has more after it", async () => {
  const { ask } = asked(Array.from({ length: ALERTS_A_PAGE }, (_, nth) => made(`n${nth}`, 1, 2)));
  expect((await askAlertPage(ask, EVERY_ALERT, null, null)).hasMore).toBe(true);
});

test("an alert that two pages have is shown once, as the newer one has it", () => {
  const closed = { ...OPEN, closedAtMs: at(20) };
  expect(joined([closed], [OPEN, LONG])).toEqual([closed, LONG]);
});

const ORDERS = {
  open: "open short long",
  newest: "short open long",
  oldest: "long open short",
  worst: "long open short",
  longest: "open long short",
  host: "open long short",
} as const;
for (const [sort, expected] of Object.entries(ORDERS)) {
  test(`sorted by ${sort}`, () => {
    const ids = inOrder(ALL, sort as keyof typeof ORDERS, at(40)).map((each) => each.id);
    expect(ids.join(" ")).toBe(expected);
  });
}

test("an open alert lasts to the cursor, a closed one to its end", () => {
  expect([lastedMs(OPEN, at(8)), lastedMs(LONG, at(30))]).toEqual([3 * 60_000, 8 * 60_000]);
});

test("the first acknowledgement counts, a note takes the place of the one before", () => {
  const first = asAcknowledged(OPEN, 5, "fan");
  expect(first).toMatchObject({ acknowledgedAtMs: 5, acknowledgedNote: "fan" });
  expect(asAcknowledged(first, 9)).toEqual(first);
  expect(asAcknowledged(first, 9, "")).toMatchObject({
    acknowledgedAtMs: 5,
    acknowledgedNote: null,
  });
});

test("a note may be as long as the server takes it", () => {
  expect(NOTE_CHARS_MAX).toBe(LIMITS.noteCharsMax);
  expect(ALERTS_A_PAGE).toBeLessThanOrEqual(LIMITS.listPageMax);
});
