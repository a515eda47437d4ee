import { expect, test } from "bun:test";
import fc from "fast-check";
import { FLAG_FUTURE, FLAG_LATE } from "../../src/model/reading.ts";
import { atOnce } from "../../src/runtime/slices.ts";
import { arrayLiteral } from "../../src/store/encode.ts";
import { numbersOf, type OpenChunk } from "../../src/store/queries/open_chunks.ts";
import { firstRows, inOrder, sortedBy } from "../../src/store/queries/reading_order.ts";

interface Placed {
  readonly atMs: number;
  readonly offset: number;
  readonly flags: number;
}

function chunk(place: number, path: string, readings: readonly Placed[]): OpenChunk {
  const column = (value: (one: Placed) => number) => arrayLiteral(readings.map(value));
  const [first_ms, first_offset] = [1_000, 1e12];
  return {
    place: String(place),
    writer: "1",
    first_ms,
    first_offset,
    readings: readings.length,
    path,
    at_ms: column((one) => one.atMs - first_ms),
    host_key: null,
    flags: readings.every((one) => one.flags === 0) ? null : column((one) => one.flags),
    hosts_table: 1,
  };
}

/** Byte order of UTF-8 is that of code points; that of UTF-16 has the emoji before U+FFFD. */
const PATHS = ["a", "a.", "b", "é", "\uFFFD", "\u{1F600}"];
const anyChunks = fc.array(
  fc.record({
    path: fc.nat(PATHS.length - 1),
    readings: fc.array(
      fc.record({
        atMs: fc.integer({ min: 1_000, max: 1_006 }),
        offset: fc.integer({ min: 1e12, max: 1e12 + 5 }),
        flags: fc.constantFrom(0, 0, FLAG_LATE, FLAG_FUTURE, FLAG_LATE | FLAG_FUTURE),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  }),
  { maxLength: 6 },
);
const anyEdge = fc.option(fc.integer({ min: 999, max: 1_008 }));

test("readings come by time, then by the path's bytes, then by offset, both ways", () => {
  const paging = fc.record({
    fromMs: anyEdge,
    toMs: anyEdge,
    limit: fc.integer({ min: 1, max: 20 }),
    order: fc.constantFrom("asc" as const, "desc" as const),
    leavesOutFuture: fc.boolean(),
  });
  fc.assert(fc.property(anyChunks, paging, (chunks, { fromMs, toMs, order, ...rest }) => {
    const sign = order === "asc" ? 1 : -1;
    const expected = chunks.flatMap(({ path, readings }) =>
      readings.map((one) => ({ ...one, path }))
    ).filter(({ atMs, flags }) =>
      (fromMs === null || atMs >= fromMs) && (toMs === null || atMs < toMs) &&
      !(rest.leavesOutFuture && (flags & FLAG_FUTURE) !== 0)
    ).sort((a, b) => sign * (a.atMs - b.atMs || a.path - b.path || a.offset - b.offset));
    const opened = chunks.map((one, index) => chunk(index, PATHS[one.path]!, one.readings));
    const taken = atOnce(firstRows(opened, {
      wanted: { fromMs, toMs, order, regionKeys: null, hostKeys: null },
      window: { fromMs, toMs, rest: null },
      pageRows: 5,
      withFlags: false,
      ...rest,
    })).map(({ chunk: { place, path }, rows }) => {
      const readings = rows.map((row) => chunks[Number(place)]!.readings[row]!);
      return {
        path,
        readings,
        atMs: readings.map(({ atMs }) => atMs),
        offset: readings.map(({ offset }) => offset),
      };
    });
    const found = inOrder(taken, { order, limit: rest.limit });
    expect(found.map((one) => {
      const { path, readings } = taken[one.chunk]!;
      const { atMs, offset } = readings[one.row]!;
      return [atMs, path, offset];
    })).toEqual(
      expected.slice(0, rest.limit).map(({ atMs, path, offset }) => [atMs, PATHS[path]!, offset]),
    );
    const times = taken.flatMap(({ atMs }) => atMs);
    const lastMs = times.toSorted((a, b) => sign * (a - b))[rest.limit - 1];
    expect(lastMs === undefined || times.every((ms) => sign * (ms - lastMs) <= 0)).toBe(true);
  }));
});

test("an array reads as the numbers that PostgreSQL printed, with nulls", () => {
  expect(numbersOf("{}")).toEqual([]);
  expect(numbersOf("{1,NULL,-0.5,1e+20,NULL}")).toEqual([1, null, -0.5, 1e20, null]);
});

test("indices sort by their numbers, near and far apart, and equal ones stay in place", () => {
  const near = fc.integer({ min: -3, max: 3 });
  const far = fc.constantFrom(0, 1, 2 ** 51, 2 ** 51 + 1, -(2 ** 51));
  fc.assert(fc.property(fc.array(fc.oneof(near, far)), (numbers) => {
    const indices = Uint32Array.from(numbers.keys()).reverse();
    expect([...sortedBy(indices, Float64Array.from(numbers))]).toEqual(
      [...indices].sort((a, b) => numbers[a]! - numbers[b]!),
    );
  }));
});
