import { expect, test } from "bun:test";
import { QueryLane } from "../../src/server/query_lane.ts";
import type { Database, Row } from "../../src/store/database.ts";

/** Queries are answered when the test says so, with their own text. */
function harness() {
  const started: string[] = [];
  const works = new Map<string, PromiseWithResolvers<Row[]>>();
  const database: Database = {
    kind: "postgres",
    incarnation: 7,
    query: <R extends Row>(text: string) => {
      started.push(text);
      const work = Promise.withResolvers<Row[]>();
      works.set(text, work);
      return work.promise as Promise<R[]>;
    },
    transact: () => Promise.resolve([]),
    close: () => Promise.reject(new Error("not its own to close")),
  };
  return { database, started, works };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test("lane: queries of all databases together are at most so many at a time", async () => {
  const { database, started, works } = harness();
  const lane = new QueryLane(2);
  const [one, other] = [lane.through(database), lane.through(database)];
  const asked = [one.query("a"), other.query("b"), one.query("c"), other.query("d")];
  await settled();
  expect(started).toEqual(["a", "b"]);
  works.get("b")!.resolve([{ n: 1 }]);
  await settled();
  expect(started).toEqual(["a", "b", "c"]);
  for (const text of ["a", "c"]) works.get(text)!.resolve([]);
  await settled();
  works.get("d")!.resolve([]);
  expect(await Promise.all(asked)).toEqual([[], [{ n: 1 }], [], []]);
});

test("lane: a query that fails makes room for the next", async () => {
  const { database, started, works } = harness();
  const lane = new QueryLane(1).through(database);
  const failing = lane.query("a");
  const next = lane.query("b");
  works.get("a")!.reject(new Error("syntax"));
  expect(failing).rejects.toThrow("syntax");
  await settled();
  expect(started).toEqual(["a", "b"]);
  works.get("b")!.resolve([]);
  expect(await next).toEqual([]);
});

test("lane: the store behind it stays the same one, and open", async () => {
  const lane = new QueryLane(1).through(harness().database);
  expect([lane.kind, lane.incarnation]).toEqual(["postgres", 7]);
  expect(await lane.close()).toBeUndefined();
});
