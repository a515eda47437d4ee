import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { DistinctCount } from "../../src/live/distinct_count.ts";
import { HostTable } from "../../src/live/host_table.ts";
import type { Severity } from "../../src/model/alert.ts";
import type { HostNow } from "../../src/model/live_event.ts";
import { hostNow, START_MS } from "./make.ts";

type Step =
  | { readonly kind: "merge"; readonly host: HostNow }
  | { readonly kind: "severity"; readonly hostId: string; readonly severity: Severity | null }
  | { readonly kind: "wait"; readonly ms: number };

const hostId = fc.constantFrom("a", "b", "c");
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("merge" as const),
    host: fc.record({
      host_id: hostId,
      region: fc.constant("India"),
      // Around now; the step adds the clock.
      atMs: fc.integer({ min: -90_000, max: 5_000 }),
      temp_c: fc.constant(null),
      cpu_load: fc.constant(null),
      voltage: fc.constant(null),
      power_watts: fc.option(fc.integer({ min: 0, max: 90_000 }).map((milli) => milli / 1000)),
    }),
  }),
  fc.record({
    kind: fc.constant("severity" as const),
    hostId,
    severity: fc.constantFrom("warning" as const, "critical" as const, null),
  }),
  fc.record({
    kind: fc.constant("wait" as const),
    ms: fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 200_000 })),
  }),
);

test("sums by region always equal a count over all hosts", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const severities = new Map<string, Severity | null>();
    const table = new HostTable((_region, host) => severities.get(host) ?? null);
    const known = new Map<string, { atMs: number; powerMs: number; power: number | null }>();
    let nowMs = START_MS;
    for (const each of steps) {
      if (each.kind === "wait") nowMs += each.ms;
      if (each.kind === "severity") {
        severities.set(each.hostId, each.severity);
        table.setSeverity("India", each.hostId, each.severity);
      }
      table.expire(nowMs);
      if (each.kind === "merge") {
        const host = { ...each.host, atMs: nowMs + each.host.atMs };
        table.merge(host, nowMs);
        const own = known.get(host.host_id) ?? { atMs: -Infinity, powerMs: -Infinity, power: null };
        own.atMs = Math.max(own.atMs, host.atMs);
        if (host.power_watts !== null && host.atMs >= own.powerMs) {
          [own.power, own.powerMs] = [host.power_watts, host.atMs];
        }
        known.set(host.host_id, own);
      }
      // Staleness is looked at once a second: compare where the clock stands on one.
      if (each.kind !== "wait" || each.ms < 1000) continue;
      const states = { ok: 0, warning: 0, critical: 0, stale: 0 };
      let power = 0, measured = 0;
      for (const [id, host] of known) {
        const staleInSecond = Math.floor((host.atMs + 60_000) / 1000) + 1;
        const stale = Math.floor(nowMs / 1000) >= staleInSecond && nowMs - host.atMs > 60_000;
        if (!stale && nowMs - host.atMs > 60_000) return;
        states[stale ? "stale" : severities.get(id) ?? "ok"]++;
        if (!stale && host.power !== null) {
          power += Math.round(host.power * 1000);
          measured++;
        }
      }
      expect(table.region("India")).toEqual({
        count: known.size,
        states,
        powerTotalWatts: measured === 0 ? null : power / 1000,
      });
    }
  }));
});

test("a host whose alert came before its first reading begins in that state", () => {
  const table = new HostTable(() => "critical");
  table.merge(hostNow({ temp_c: 95 }), START_MS);
  expect(table.region("India").states.critical).toBe(1);
});

test("a host that falls silent grows stale within a second of its minute, without any event", () => {
  const table = new HostTable(() => null);
  table.merge(hostNow({ power_watts: 500 }), START_MS);
  table.expire(START_MS + 60_000);
  expect(table.region("India").powerTotalWatts).toBe(500);
  table.expire(START_MS + 61_001);
  expect(table.region("India")).toEqual({
    count: 1,
    states: { ok: 0, warning: 0, critical: 0, stale: 1 },
    powerTotalWatts: null,
  });
});

test("after a clock set back, hosts still grow stale", () => {
  const table = new HostTable(() => null);
  table.expire(START_MS + 3_600_000);
  table.merge(hostNow({}), START_MS);
  table.expire(START_MS + 3_600_000 + 61_000);
  expect(table.region("India").states.stale).toBe(1);
});

test("hosts beyond the limit are counted, each once, and not tracked", () => {
  const table = new HostTable(() => null, 10);
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 1010; i++) table.merge(hostNow({ host_id: `h${i}` }), START_MS);
  }
  expect(table.region("India").count).toBe(10);
  expect(Math.abs(table.overLimit - 1000)).toBeLessThanOrEqual(10);
});

test("a distinct count is within 1 % at a hundred thousand names", () => {
  const count = new DistinctCount();
  for (let i = 0; i < 100_000; i++) count.add(`name-${i}`);
  expect(Math.abs(count.estimate() - 100_000)).toBeLessThan(1000);
});
