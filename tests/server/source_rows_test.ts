import { expect, test } from "bun:test";
import type { SourceHealth } from "../../src/model/source_health.ts";
import { sourceRows } from "../../src/server/source_rows.ts";
import type { SourceJson } from "../../src/store/queries/sources.ts";

const LAB = { kind: "files", name: "lab", rows: 5, silent: false } as SourceJson;
const health = (kind: SourceHealth["kind"], name: string): SourceHealth => ({
  kind,
  name,
  declared: true,
  last_record: null,
  silent_s: null,
  silent_after_s: 10,
  silent: true,
});

test("a source of the store's is told with whether it is heard", () => {
  expect(sourceRows([LAB], [health("files", "lab")])).toEqual([
    expect.objectContaining({ name: "lab", rows: 5, declared: true, silent: true }),
  ]);
});

test("a declared source of which the store has nothing is told too, with nothing counted", () => {
  const rows = sourceRows([LAB], [health("live", "lab"), health("agent", "rack-7")]);
  expect(rows.map(({ kind, name, rows, silent }) => [kind, name, rows, silent])).toEqual([
    ["files", "lab", 5, false],
    ["live", "lab", null, true],
    ["agent", "rack-7", null, true],
  ]);
});
