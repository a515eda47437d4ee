import { expect, test } from "bun:test";
import fc from "fast-check";
import type { BatchStatus, SpeedStatus, Status } from "../../src/model/status.ts";
import { ledger } from "../../src/browser/ledger.ts";
import { fakeStatus } from "../e2e/support/fake_status.ts";
import { NOW_MS } from "./samples.ts";

function rows(speed: Partial<SpeedStatus>, batch: Partial<BatchStatus> = {}) {
  const status: Status = fakeStatus(NOW_MS);
  const layers = {
    ...status.layers,
    speed: { ...status.layers.speed, ...speed },
    batch: { ...status.layers.batch, ...batch },
  };
  return ledger({ ...status, layers });
}

const counters = { received_lines: 100, archived_lines: 100, committed_rows: 90, dead_letters: 10 };

test("received lines that are all committed or rejected add up", () => {
  expect(rows(counters)[0]).toMatchObject({
    missing: 0,
    pending: 0,
    tone: "good",
    word: "Adds up",
  });
});

test("lines on their way are named, and late ones are a warning", () => {
  const pending = { ...counters, committed_rows: 87, pending_lines: 3 };
  expect(rows({ ...pending, lag_ms: 200 })[0])
    .toMatchObject({ tone: "good", word: "Adds up, 3 lines pending" });
  expect(rows({ ...pending, lag_ms: 60_000 })[0]?.tone).toBe("warn");
});

test("what is received and not archived yet is pending too", () => {
  expect(rows({ ...counters, received_lines: 104 })[0]).toMatchObject({ pending: 4, missing: 0 });
});

test("a line too few or too many is called out with its number", () => {
  expect(rows({ ...counters, committed_rows: 89 })[0])
    .toMatchObject({ missing: 1, tone: "bad", word: "1 line missing" });
  expect(rows({ ...counters, committed_rows: 92 })[0])
    .toMatchObject({ missing: -2, tone: "bad", word: "2 lines too many" });
});

test("rows of a file that is being loaded are pending, of an idle layer they are missing", () => {
  const batch = { rows_read: 500, rows_loaded: 300, rows_rejected: 100 };
  expect(rows({}, { ...batch, state: "loading" })[1]).toMatchObject({ pending: 100, missing: 0 });
  expect(rows({}, { ...batch, state: "idle" })[1]).toMatchObject({ missing: 100, tone: "bad" });
});

test("the parts and what is missing are always all that was received", () => {
  const count = fc.nat({ max: 1e9 });
  fc.assert(fc.property(count, count, count, count, (received, committed, rejected, pending) => {
    const all = rows(
      {
        received_lines: received,
        archived_lines: received,
        committed_rows: committed,
        dead_letters: rejected,
        pending_lines: pending,
      },
      { rows_read: received, rows_loaded: committed, rows_rejected: rejected },
    );
    for (const row of all) {
      expect(row.committed + row.rejected + row.pending + row.missing).toBe(row.received);
    }
  }));
});
