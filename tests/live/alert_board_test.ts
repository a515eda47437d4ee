import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { AlertBoard } from "../../src/live/alert_board.ts";
import type { Alert, AlertChange, Severity } from "../../src/model/alert.ts";
import { alert, START_MS } from "./make.ts";

const anyAlert: fc.Arbitrary<Alert> = fc.record({
  rule: fc.constantFrom("temperature", "cpu"),
  hostId: fc.nat({ max: 150 }).map((n) => `h${n}`),
  severity: fc.constantFrom<Severity>("warning", "critical"),
  openedAtMs: fc.nat({ max: 5 }),
  closedAtMs: fc.option(fc.constant(START_MS)),
}).map((part) => alert({ ...part, closedBy: part.closedAtMs === null ? null : "cleared" }));

const rank = (each: Alert) => each.severity === "critical" ? 0 : 1;

test("counts, host severities and the worst hundred equal a look over all open alerts", () => {
  fc.assert(
    fc.property(fc.array(anyAlert, { maxLength: 400 }), (alerts) => {
      const told = new Map<string, Severity | null>();
      const board = new AlertBoard((_region, hostId, severity) => told.set(hostId, severity));
      const open = new Map<string, Alert>();
      for (const each of alerts) {
        board.apply({ kind: "opened", alert: each });
        const key = `${each.hostId} ${each.rule}`;
        if (each.closedAtMs === null) open.set(key, each);
        else open.delete(key);
      }
      const order = (a: Alert, b: Alert) =>
        rank(a) - rank(b) || a.openedAtMs - b.openedAtMs || (a.id < b.id ? -1 : 1);
      const byHost = Map.groupBy([...open.values()], (each) => each.hostId);
      const worst = [...byHost.values()].map((own) => own.sort(order)[0]!).sort(order);
      expect(board.worst()).toEqual(worst.slice(0, 100));
      expect(board.troubledHosts).toBe(worst.length);
      expect(board.counts).toEqual({
        warning: [...open.values()].filter((each) => each.severity === "warning").length,
        critical: [...open.values()].filter((each) => each.severity === "critical").length,
      });
      for (const [hostId, severity] of told) {
        expect(severity).toBe(byHost.get(hostId)?.[0]?.severity ?? null);
        expect(board.severityOf("India", hostId)).toBe(severity);
      }
    }),
    { numRuns: 30 },
  );
});

test("a replaced set forgets what is not in it, and says so for each host", () => {
  const told: string[] = [];
  const board = new AlertBoard((_region, hostId, severity) => told.push(`${hostId} ${severity}`));
  const opened = (hostId: string): AlertChange => ({ kind: "opened", alert: alert({ hostId }) });
  board.apply(opened("a"));
  board.apply(opened("b"));
  told.length = 0;
  board.replace([alert({ hostId: "b", severity: "critical" })]);
  expect(told.sort()).toEqual(["a null", "b critical", "b critical"]);
  expect(board.counts).toEqual({ warning: 0, critical: 1 });
});

test("of a thousand troubled hosts the worst hundred are found, wherever they stand", () => {
  const board = new AlertBoard(() => {});
  const all = Array.from({ length: 1000 }, (_, i) =>
    alert({
      hostId: `h${i}`,
      openedAtMs: (i * 7919) % 1000,
      severity: i >= 950 ? "critical" : "warning",
    }));
  board.replace(all);
  const order = (a: Alert, b: Alert) => rank(a) - rank(b) || a.openedAtMs - b.openedAtMs;
  expect(board.worst()).toEqual(all.toSorted(order).slice(0, 100));
});
