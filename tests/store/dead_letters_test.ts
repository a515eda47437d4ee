import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { SILENT_LOG } from "../../src/log.ts";
import type { DeadLetterCode } from "../../src/model/record.ts";
import { emptyStore } from "../../src/store/empty_store.ts";
import { openNextStore, replaceStore } from "../../src/store/next_store.ts";
import type { Database } from "../../src/store/database.ts";
import { queryDeadLetters, summariseDeadLetters } from "../../src/store/queries/dead_letters.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { checkpoint, deadLetter, LIVE_ORIGIN, liveBatch } from "./fixtures.ts";

setDefaultTimeout(60_000);

const CODES: readonly DeadLetterCode[] = ["invalid_json", "out_of_bounds", "invalid_json"];
const SOURCES = ["feed", "agents"] as const;

/** Three letters of two rules a commit; two sources in turn, each in parts of its own. */
async function fill(database: Database, commits: number): Promise<void> {
  const writer = new StoreWriter(database);
  for (let nth = 0; nth < commits; nth++) {
    const source = SOURCES[nth % 2]!;
    await writer.commitLive(liveBatch({
      origin: { ...LIVE_ORIGIN, source, path: `${LIVE_ORIGIN.path}.${nth % 4}` },
      from: checkpoint(nth * 500),
      to: checkpoint((nth + 1) * 500),
      lines: CODES.length,
      readings: [],
      deadLetters: CODES.map((code, index) => deadLetter({ code, offset: nth * 500 + index })),
    }));
  }
}

const counts = async (database: Database) =>
  (await summariseDeadLetters(database)).map((one) => [one.source_name, one.code, one.count]);

afterAll(stopStores);

for (const kind of await storesUnderTest()) {
  describe(`dead letters on ${kind.name}`, () => {
    let store: OpenStore;
    beforeAll(async () => {
      store = await kind.open();
      await fill(store.database, 8);
    });
    afterAll(() => store.close());

    test("are counted by rule and source, with the times of the first and the newest", async () => {
      const groups = await summariseDeadLetters(store.database);
      expect(await counts(store.database)).toEqual([
        ["agents", "invalid_json", 8],
        ["feed", "invalid_json", 8],
        ["agents", "out_of_bounds", 4],
        ["feed", "out_of_bounds", 4],
      ]);
      const newest = (await queryDeadLetters(store.database, 1))[0]!;
      const oldest = (await queryDeadLetters(store.database, 100)).at(-1)!;
      expect(groups[0]).toMatchObject({ layer: "speed", last: newest.at });
      expect(groups[1]).toMatchObject({ layer: "speed", first: oldest.at });
    });

    const wishes = [
      {
        code: "invalid_json",
        source: "feed",
        layer: null,
        offsets: [3002, 3000, 2002, 2000, 1002],
      },
      {
        code: "out_of_bounds",
        source: null,
        layer: "speed",
        offsets: [3501, 3001, 2501, 2001, 1501],
      },
      { code: null, source: "agents", layer: null, offsets: [3502, 3501, 3500, 2502, 2501] },
      { code: null, source: null, layer: "batch", offsets: [] },
    ] as const;
    for (const { offsets, ...wanted } of wishes) {
      test(`the newest ${JSON.stringify(wanted)} come from all their files`, async () => {
        const letters = await queryDeadLetters(store.database, 5, wanted);
        expect(letters.map((one) => one.offset)).toEqual([...offsets]);
      });
    }

    test("are counted no more once they are gone", async () => {
      const own = await kind.open();
      await fill(own.database, 2);
      await own.database.query(
        `delete from rackwatch.dead_letters where origin_key in
          (select origin_key from rackwatch.origins where source = $1::text)`,
        ["feed"],
      );
      expect(await counts(own.database)).toEqual([
        ["agents", "invalid_json", 2],
        ["agents", "out_of_bounds", 1],
      ]);
      await emptyStore(own.database);
      expect(await counts(own.database)).toEqual([]);
      await own.close();
    });

    test("are counted on in a store that was swapped in", async () => {
      const own = await kind.open();
      await fill(own.database, 1);
      const next = await openNextStore(own.database, SILENT_LOG);
      await fill(next, 2);
      await replaceStore(own.database);
      await own.database.query(
        `insert into rackwatch.dead_letters (origin_key, record_offset, code, detail, raw)
          select min(origin_key), 1, 'invalid_json', '', '' from rackwatch.origins`,
      );
      expect(await counts(own.database)).toEqual([
        ["feed", "invalid_json", 3],
        ["agents", "invalid_json", 2],
        ["agents", "out_of_bounds", 1],
        ["feed", "out_of_bounds", 1],
      ]);
      await own.close();
    });
  });
}
