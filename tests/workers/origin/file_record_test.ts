import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "bun:test";
import { parseDeclarations } from "../../../src/mapping/declaration.ts";
import { digestFile } from "../../../src/sources/file_source.ts";
import { findFileRecord } from "../../../src/workers/origin/file_record.ts";
import { temporaryDirectory } from "../../support/rackwatch.ts";

test("the origin of a reading tells the parts of its file's path", async () => {
  await using directory = await temporaryDirectory();
  const path = "lake/eastus/host=a1/x.csv";
  const full = join(directory.path, path);
  const head = "at,temp_c\n";
  const row = "2025-11-21T09:00:00Z,41";
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, `${head}${row}\n`);
  const { source } = Bun.TOML.parse(`[[source]]
name = "lake"
path = "lake/{site}/**/*.csv"
host_id = { path = "host" }
region = { path = "site" }
timestamp = "at"
temp_c = "temp_c"
`) as { source?: unknown };
  const { digest, bytes } = await digestFile(full);
  const found = await findFileRecord(directory.path, parseDeclarations(source, "test"), {
    origin: { layer: "batch", runId: "batch_run_2025-11-21_09-00-00", source: "lake", path },
    offset: head.length,
    version: { digest, bytes, modifiedMs: (await stat(full)).mtimeMs },
  });
  expect(found).toMatchObject({ raw: row, note: null, mappedBy: "lake" });
  expect(found.mapping.slice(0, 2)).toMatchObject([
    { field: "host_id", column: `"a1"` },
    { field: "region", column: `"eastus"` },
  ]);
});
