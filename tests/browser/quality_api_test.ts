/** What the page reads of a source's schema. */
import { expect, test } from "bun:test";
import type { Ask } from "../../src/browser/ask.ts";
import { askSources } from "../../src/browser/quality_api.ts";

const asked = async (source: Record<string, unknown>) => {
  const ask = { get: () => Promise.resolve([source]) } as unknown as Ask;
  return (await askSources(ask))[0];
};

test("sources: the schema's version and its newest change are read", async () => {
  const change = { at: "2026-02-01T00:00:00Z", from: "b.csv", words: "fan gone", changes: [] };
  const older = { ...change, words: "fan added" };
  expect(
    await asked({ layer: "batch", schema: { version: 3 }, schema_changes: [change, older] }),
  ).toMatchObject({
    schemaVersion: 3,
    schemaNews: { words: "fan gone", atMs: Date.UTC(2026, 1, 1), file: "b.csv" },
  });
});

test("sources: without a schema there is no version and no change", async () => {
  const none = { schemaVersion: null, schemaNews: null };
  expect(await asked({ schema: null, schema_changes: [] })).toMatchObject(none);
  expect(await asked({})).toMatchObject(none);
});

test("sources: silence is shown where the server calls it long", async () => {
  expect((await asked({ silent: true, silent_s: 400 }))?.silentS).toBe(400);
  expect((await asked({ silent: false, silent_s: 400 }))?.silentS).toBeNull();
});

test("sources: one that was never heard is silent, and what is not counted is no zero", async () => {
  expect(await asked({ layer: "speed", kind: "live", silent: true, silent_s: null, rows: null }))
    .toMatchObject({ kind: "live", isSilent: true, silentS: null, rows: null });
});
