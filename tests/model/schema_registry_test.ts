/** The schemas of a source over time, from findings. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  currentSchema,
  type FoundSchema,
  type KnownSchema,
  withFound,
} from "../../src/model/schema_registry.ts";
import type { SchemaColumn } from "../../src/model/schema.ts";

const BOUNDS = { versionsMax: 50, changesMax: 100 };
const column = (name: string, type = "number"): SchemaColumn => ({
  name,
  type,
  mappedTo: null,
  unit: null,
});
const found = (atMs: number, ...columns: SchemaColumn[]): FoundSchema => ({
  atMs,
  columns,
  path: `file-${atMs}.csv`,
});
const all = (findings: readonly FoundSchema[], bounds = BOUNDS) =>
  findings.reduce<readonly KnownSchema[]>((known, one) => withFound(known, one, bounds), []);

const A = column("a"), B = column("b"), C = column("c");

test("schemas: the same columns in another order only move the time they were last seen", () => {
  expect(all([found(1, A, B), found(5, B, A)])).toEqual([{
    version: 1,
    firstSeenMs: 1,
    lastSeenMs: 5,
    from: "file-1.csv",
    columns: [A, B],
    changes: [],
  }]);
});

test("schemas: an earlier one that comes back is current again, without a new version", () => {
  const known = all([found(1, A), found(2, B), found(3, A)]);
  expect(known).toHaveLength(2);
  expect(currentSchema(known)?.version).toBe(1);
});

test("schemas: a change is told against the version that was current before", () => {
  const known = all([found(1, A), found(2, B), found(3, A), found(4, A, C)]);
  expect(known[2]?.changes).toEqual([{ kind: "added", column: C }]);
});

test("schemas: files found in any order make the same versions", () => {
  const findings = fc.uniqueArray(
    fc.record({ atMs: fc.nat(40), columns: fc.subarray([A, B, C], { minLength: 1 }) }),
    { selector: ({ atMs }) => atMs, minLength: 1, maxLength: 8 },
  ).map((list) => list.map(({ atMs, columns }) => found(atMs, ...columns)));
  fc.assert(fc.property(findings, fc.infiniteStream(fc.nat()), (list, random) => {
    const shuffled = list.map((one) => ({ one, key: random.next().value as number }))
      .sort((x, y) => x.key - y.key).map(({ one }) => one);
    const names = (known: readonly KnownSchema[]) =>
      known.map((each) => ({ ...each, columns: each.columns.map(({ name }) => name).sort() }));
    const sorted = [...list].sort((x, y) => x.atMs - y.atMs);
    expect(names(all(shuffled))).toEqual(names(all(sorted)));
  }));
});

test("schemas: a type that was not told is none to differ in, and is told once it is known", () => {
  const known = all([found(1, column("a", "unknown")), found(2, A), found(3, column("a", "text"))]);
  expect(known.map(({ columns }) => columns[0]?.type)).toEqual(["number", "text"]);
});

test("schemas: the oldest versions beyond the bound go, and numbers go on", () => {
  const findings = Array.from({ length: 5 }, (_, index) => found(index, column(`c${index}`)));
  const known = all(findings, { ...BOUNDS, versionsMax: 3 });
  expect(known.map(({ version }) => version)).toEqual([3, 4, 5]);
  expect(known[0]?.changes).toHaveLength(2);
});
