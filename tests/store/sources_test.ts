/** How long nothing came from a source, on both stores. */
import { afterAll, describe, expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { querySources } from "../../src/store/queries/sources.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { stopStores, storesUnderTest } from "../support/stores.ts";
import { liveBatch } from "./fixtures.ts";

afterAll(stopStores);

for (const kind of await storesUnderTest()) {
  describe(`sources on ${kind.name}`, () => {
    test("a live source is silent once nothing was stored for long", async () => {
      const store = await kind.open();
      await new StoreWriter(store.database).commitLive(liveBatch());
      const at = async (nowMs: number) => (await querySources(store.database, nowMs))[0]!;
      const updatedMs = Date.parse((await at(0)).updated!);
      const atBound = await at(updatedMs + LIMITS.sourceSilentAfterMs);
      const after = await at(updatedMs + LIMITS.sourceSilentAfterMs + 2_000);
      expect([atBound.silent, after.silent]).toEqual([false, true]);
      expect(after.silent_s).toBeGreaterThan(LIMITS.sourceSilentAfterMs / 1000);
      await store.close();
    });
  });
}
