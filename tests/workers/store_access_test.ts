/** A user's way into the embedded store, when the store's thread is lost and another one comes. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { rm } from "node:fs/promises";
import { SILENT_LOG } from "../../src/log.ts";
import type { EmbeddedHost } from "../../src/store/embedded_host.ts";
import { GuardedDatabase } from "../../src/store/guarded_database.ts";
import type { StoreAccess } from "../../src/workers/messages.ts";
import { openDatabase, renewDatabase } from "../../src/workers/store_access.ts";
import { openEmbeddedHost } from "../support/stores.ts";

setDefaultTimeout(60_000);

let first: Awaited<ReturnType<typeof openEmbeddedHost>>;
let second: Awaited<ReturnType<typeof openEmbeddedHost>>;
beforeAll(async () => {
  first = await openEmbeddedHost();
  second = await openEmbeddedHost();
});
afterAll(async () => {
  for (const { host, directory } of [first, second]) {
    await host.close();
    await rm(directory, { recursive: true, force: true });
  }
});

function into(host: EmbeddedHost | null): StoreAccess {
  const { port1, port2 } = new MessageChannel();
  host?.serve(port2);
  return { kind: "embedded", port: port1 };
}

test("asked of a thread that never answers, it rejects once there is another one, and goes on there", async () => {
  const database = openDatabase(into(null), SILENT_LOG);
  const lost = database.query("select 1 as one");
  renewDatabase(database, into(first.host), SILENT_LOG);
  await expect(lost).rejects.toMatchObject({ code: "unavailable" });
  expect(await database.query("select count(*) as rows from server_metrics")).toEqual([{
    rows: 0,
  }]);
  await database.close();
});

test("an empty store behind the new way is migrated before anything is asked of it", async () => {
  const database = openDatabase(into(first.host), SILENT_LOG);
  await database.query("select 1");
  renewDatabase(database, into(second.host), SILENT_LOG);
  expect(await database.query("select count(*) as rows from server_metrics")).toEqual([{
    rows: 0,
  }]);
  await database.close();
});

test("keys learnt before are refused once, and forgotten, though both stores look alike", async () => {
  const database = openDatabase(into(first.host), SILENT_LOG);
  let forgotten = 0;
  const guarded = new GuardedDatabase(database, () => forgotten++);
  const identity = await guarded.know();
  await guarded.transact([{ text: "select 1" }]);
  renewDatabase(database, into(second.host), SILENT_LOG);
  await expect(guarded.transact([{ text: "select 1" }]))
    .rejects.toMatchObject({ code: "stale_checkpoint", sqlState: "RW002" });
  expect(forgotten).toBe(1);
  await guarded.transact([{ text: "select 1" }]);
  // This is why: what a store was made from says nothing of which one it is.
  expect(await guarded.know()).toBe(identity);
  await database.close();
});
