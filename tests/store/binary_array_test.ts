import { afterAll, describe, expect, test } from "bun:test";
import type { Column } from "../../src/store/database.ts";
import { stopStores, storesUnderTest } from "../support/stores.ts";

afterAll(stopStores);

const COLUMNS: readonly [string, Column, string][] = [
  ["int4[]", Int32Array.of(0, 1, -1, 2147483647, -2147483648), "{0,1,-1,2147483647,-2147483648}"],
  ["int2[]", Int16Array.of(0, 32767, -32768), "{0,32767,-32768}"],
  [
    "float8[]",
    Float64Array.of(0, NaN, 0.1, -1e308, 5e-324, Infinity),
    "{0,NULL,0.1,-1e+308,5e-324,Infinity}",
  ],
  ["float8[]", Float64Array.of(NaN, NaN), "{NULL,NULL}"],
  ["int4[]", new Int32Array(0), "{}"],
];

for (const kind of await storesUnderTest()) {
  describe(`columns on ${kind.name}`, () => {
    test("the server reads what was sent, nulls and extremes included", async () => {
      const store = await kind.open({ migrated: false });
      for (const [type, column, text] of COLUMNS) {
        const [rows] = await store.database.transact([
          { text: `select ($1::${type})::text as seen`, values: [column] },
        ]);
        expect(rows).toEqual([{ seen: text }]);
      }
      await store.close();
    }, 60_000);
  });
}
