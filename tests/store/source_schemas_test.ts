/** The schemas of sources in the hot store, on both stores. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { SILENT_LOG } from "../../src/log.ts";
import type { SchemaColumn } from "../../src/model/schema.ts";
import { openNextStore, replaceStore } from "../../src/store/next_store.ts";
import { knownSchemas, recordSchema } from "../../src/store/source_schemas.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { START_MS } from "./fixtures.ts";

afterAll(stopStores);

const temperature = (name: string, unit: string): SchemaColumn => ({
  name,
  type: "number",
  mappedTo: "temp_c",
  unit,
});
const F = [temperature("temp_f", "fahrenheit")], C = [temperature("temp_c", "celsius")];

for (const kind of await storesUnderTest()) {
  describe(`schemas of sources on ${kind.name}`, () => {
    let store: OpenStore;
    beforeEach(async () => {
      store = await kind.open();
    });
    afterEach(() => store.close());

    const record = (columns: readonly SchemaColumn[], minute: number, source = "lab") =>
      recordSchema(store.database, source, {
        columns,
        atMs: START_MS + minute * 60_000 + 0.25,
        path: `${minute}.csv`,
      });

    test("other columns are a new version, told once with what changed", async () => {
      expect(await record(F, 0)).toEqual({ version: 1, changes: [] });
      const made = await record(C, 1);
      expect([made.version, made.changes.map((one) => one.kind)]).toEqual([
        2,
        ["renamed", "unit_changed"],
      ]);
      expect(await record(C, 2)).toEqual({ version: 2, changes: [] });
      expect(await record(F, 3)).toEqual({ version: 1, changes: [] });
      expect(await knownSchemas(store.database, "lab")).toEqual([
        {
          version: 1,
          firstSeenMs: START_MS,
          lastSeenMs: START_MS + 180_000,
          from: "0.csv",
          columns: F,
          changes: [],
        },
        {
          version: 2,
          firstSeenMs: START_MS + 60_000,
          lastSeenMs: START_MS + 120_000,
          from: "1.csv",
          columns: C,
          changes: made.changes,
        },
      ]);
    });

    test("sources have versions of their own, and a bound of them", async () => {
      await record(F, 0, "other");
      for (let minute = 0; minute < LIMITS.schemaVersionsMax + 2; minute++) {
        await record([temperature(`t${minute}`, "kelvin")], minute);
      }
      const versions = (await knownSchemas(store.database, "lab")).map(({ version }) => version);
      expect([versions[0], versions.length]).toEqual([3, LIMITS.schemaVersionsMax]);
      expect(await knownSchemas(store.database, "other")).toHaveLength(1);
    });

    test("go over to a store that takes this one's place", async () => {
      await record(F, 0);
      await record(C, 1);
      const before = await knownSchemas(store.database, "lab");
      const next = await openNextStore(store.database, SILENT_LOG);
      await recordSchema(next, "lab", { columns: C, atMs: START_MS + 60_000, path: "1.csv" });
      await recordSchema(next, "new", { columns: C, atMs: START_MS, path: "new.csv" });
      await replaceStore(store.database);
      expect(await knownSchemas(store.database, "lab")).toEqual(before);
      expect(await knownSchemas(store.database, "new")).toHaveLength(1);
    });
  });
}
