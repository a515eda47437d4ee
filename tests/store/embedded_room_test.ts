/** The embedded store on a disk without room: it waits, and is none the worse for it. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SILENT_LOG } from "../../src/log.ts";
import { openEmbedded } from "../../src/store/embedded_host.ts";
import { diskHasRoom } from "../../src/store/embedded_room.ts";
import { connectTo, embeddedImage } from "../support/stores.ts";

setDefaultTimeout(60_000);

test("without room a transaction is refused as unavailable, and done once there is some", async () => {
  const parent = await mkdtemp(join(tmpdir(), "rackwatch-embedded-"));
  let isFull = false;
  const broken: Error[] = [];
  const host = await openEmbedded({
    directory: join(parent, "store"),
    nowMs: Date.now,
    image: await embeddedImage(),
    log: SILENT_LOG,
    hasRoom: () => Promise.resolve(!isFull),
    onBroken: (reason) => broken.push(reason),
  });
  const database = connectTo(host);
  const make = () => database.transact([{ text: "create table t (a int)" }]);
  isFull = true;
  await expect(make()).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("waits for room"),
  });
  expect(await database.query("select 1 as one")).toEqual([{ one: 1 }]);
  isFull = false;
  await make();
  expect(broken).toEqual([]);
  await host.close();
  await rm(parent, { recursive: true });
});

test("without room a store that does not open stays where it is", async () => {
  const parent = await mkdtemp(join(tmpdir(), "rackwatch-embedded-"));
  const directory = join(parent, "store");
  await writeFile(directory, "no directory, so it can't be opened");
  const opening = openEmbedded({
    directory,
    nowMs: Date.now,
    log: SILENT_LOG,
    hasRoom: () => Promise.resolve(false),
  });
  await expect(opening).rejects.toThrow();
  expect(await readdir(parent)).toEqual(["store"]);
  await rm(parent, { recursive: true });
});

test("a disk is asked about a directory that is yet to be made, too", async () => {
  expect(await diskHasRoom(join(tmpdir(), "not", "there", "yet"))).toBe(true);
});
