/** What the batch layer keeps of the columns that its files had, on both stores. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createLog } from "../../src/log.ts";
import type { Database } from "../../src/store/database.ts";
import { knownSchemas } from "../../src/store/source_schemas.ts";
import { temporaryDirectory } from "../support/rackwatch.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { loadOnce } from "./support/batch_passes.ts";

afterAll(stopStores);

const TOML = `[[source]]
name = "lab"
path = "*.csv"
`;
const FIRST_MS = Date.UTC(2026, 0, 1), SECOND_MS = Date.UTC(2026, 1, 1);
const F_CSV = "host,time,temp_f,fan\nr1,2026-01-01T00:00:00Z,104,7\nr1,2026-01-01T00:01:00Z,,8\n";
const C_CSV = "host,time,temp_c\nr1,2026-02-01T00:00:00Z,40\n";

for (const kind of await storesUnderTest()) {
  describe(`schemas of history files on ${kind.name}`, () => {
    let store: OpenStore;
    let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
    let lines: { message: string; level: string; changes?: string }[];
    beforeEach(async () => {
      store = await kind.open();
      directory = await temporaryDirectory();
      lines = [];
    });
    afterEach(async () => {
      await store.close();
      await directory[Symbol.asyncDispose]();
    });

    const put = async (name: string, content: string, writtenMs: number) => {
      const path = join(directory.path, name);
      await writeFile(path, content);
      await utimes(path, writtenMs / 1000, writtenMs / 1000);
    };
    const load = (database: Database = store.database) =>
      loadOnce({
        dataDir: directory.path,
        database,
        toml: TOML,
        log: createLog({
          format: "json",
          area: "batch",
          write: (line) => void lines.push(JSON.parse(line)),
        }),
      });
    const said = (message: string) => lines.filter((line) => line.message === message);

    test("a loaded file's columns are kept with the fields and units read from them", async () => {
      await put("a.csv", F_CSV, FIRST_MS);
      await load();
      expect(await knownSchemas(store.database, "lab")).toEqual([{
        version: 1,
        firstSeenMs: FIRST_MS,
        lastSeenMs: FIRST_MS,
        from: "a.csv",
        columns: [
          { name: "host", type: "text", mappedTo: "host_id", unit: null },
          { name: "temp_f", type: "number", mappedTo: "temp_c", unit: "fahrenheit" },
          { name: "time", type: "text", mappedTo: "timestamp", unit: "iso" },
          { name: "fan", type: "number", mappedTo: null, unit: null },
        ],
        changes: [],
      }]);
      expect(said("a source's columns changed")).toEqual([]);
    });

    test("a file with other columns is told once, in words", async () => {
      await put("a.csv", F_CSV, FIRST_MS);
      await load();
      await put("b.csv", C_CSV, SECOND_MS);
      await load();
      await put("c.csv", C_CSV.replace("40", "41"), SECOND_MS + 1000);
      await load();
      expect(said("a source's columns changed")).toEqual([expect.objectContaining({
        file: "b.csv",
        version: 2,
        changes:
          "temp_f gone, temp_c added: temperature is now read from temp_c in celsius; fan gone",
      })]);
    });

    test("a store thrown away tells the same of the same files, whatever their order", async () => {
      await put("b.csv", F_CSV, FIRST_MS);
      await load();
      await put("a.csv", C_CSV, SECOND_MS);
      await load();
      const before = await knownSchemas(store.database, "lab");
      await store.close();
      store = await kind.open();
      await load();
      expect(before).toHaveLength(2);
      expect(await knownSchemas(store.database, "lab")).toEqual(before);
    });

    test("a damaged file has no schema", async () => {
      await put("a.csv", "PAR1 is no csv\u0000\u0000", FIRST_MS);
      await load();
      expect(await knownSchemas(store.database, "lab")).toEqual([]);
    });

    test("a schema that can't be kept fails no load and is told", async () => {
      await store.database.query("drop table rackwatch.source_schemas");
      await put("a.csv", F_CSV, FIRST_MS);
      expect(await load()).toMatchObject({ rowsLoaded: 1 });
      expect(said("a source's columns can't be recorded; its rows are loaded")).toHaveLength(1);
    });
  });
}
