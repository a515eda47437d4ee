/** The schemas of sources in the hot store, on both stores. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { SILENT_LOG } from "../../src/log.ts";
import type { SchemaColumn } from "../../src/model/schema.ts";
import { isoUtc } from "../../src/model/iso_time.ts";
import { querySourceSchemas } from "../../src/store/queries/source_schemas.ts";
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

    test("an answer tells the current one with its columns, and changes, the newest first", async () => {
      await record(F, 0);
      await record(C, 1);
      await record(F, 2);
      await record([...F, { ...C[0]!, name: "fan", mappedTo: null, unit: null }], 3);
      const column = { name: "temp_f", type: "number", mapped_to: "temp_c", unit: "fahrenheit" };
      const found = (await querySourceSchemas(store.database)).batch.get("lab");
      expect(found?.schema).toEqual({
        version: 3,
        first_seen: isoUtc(START_MS + 180_000),
        last_seen: isoUtc(START_MS + 180_000),
        seen_in: "3.csv",
        columns: [column, { name: "fan", type: "number", mapped_to: null, unit: null }],
      });
      expect(found?.schema_changes.map(({ from, words }) => [from, words])).toEqual([
        ["3.csv", "fan added"],
        ["1.csv", "temp_f gone, temp_c added: temperature is now read from temp_c in celsius"],
      ]);
      await record(C, 4);
      expect((await querySourceSchemas(store.database)).batch.get("lab")?.schema?.version).toBe(2);
    });

    test("an answer tells so many changes and no more", async () => {
      for (let minute = 0; minute < LIMITS.schemaChangesShownMax + 3; minute++) {
        await record([temperature(`t${minute}`, "kelvin")], minute);
      }
      const changes = (await querySourceSchemas(store.database)).batch.get("lab")!.schema_changes;
      expect(changes).toHaveLength(LIMITS.schemaChangesShownMax);
      expect(changes[0]?.from).toBe(`${LIMITS.schemaChangesShownMax + 2}.csv`);
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
