import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, open, readdir, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SILENT_LOG } from "../../src/log.ts";
import { StoreError } from "../../src/store/database.ts";
import { connectEmbedded } from "../../src/store/embedded_database.ts";
import { type EmbeddedHost, openEmbedded } from "../../src/store/embedded_host.ts";
import { migrate } from "../../src/store/migrations.ts";
import { connectTo, embeddedImage } from "../support/stores.ts";

// Every test opens a store: seconds, where the machine is busy.
setDefaultTimeout(60_000);
const directories: string[] = [];
afterAll(() => Promise.all(directories.map((path) => rm(path, { recursive: true, force: true }))));

async function newDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "rackwatch-embedded-"));
  directories.push(path);
  return join(path, "deeper", "store");
}

describe("embedded store", () => {
  let host: EmbeddedHost | null = null;
  const broken: string[] = [];
  const moved: string[] = [];
  const reopen = async (directory: string) => {
    await host?.close();
    host = await openEmbedded({
      directory,
      nowMs: () => Date.UTC(2025, 10, 21, 2, 42, 56),
      image: await embeddedImage(),
      log: SILENT_LOG,
      onDamaged: (movedTo) => moved.push(movedTo),
      onBroken: (reason) => broken.push(reason.message),
    });
    return connectTo(host);
  };
  afterEach(async () => {
    await host?.close();
    host = null;
    broken.length = 0;
    moved.length = 0;
  });

  test("keeps its rows from one opening to the next", async () => {
    const directory = await newDirectory();
    const first = await reopen(directory);
    await first.transact([{ text: "create table t (a int)" }, {
      text: "insert into t values (5)",
    }]);
    const second = await reopen(directory);
    expect(await second.query("select a from t")).toEqual([{ a: 5 }]);
    expect(moved).toEqual([]);
  });

  test("gives numbers, times, lists, nulls and booleans as documented", async () => {
    const database = await reopen(await newDirectory());
    expect(
      await database.query(
        `select $1::int8 as big, $2::numeric as n, $3::timestamptz as t, $4::text[] as list,
          $5::bool as yes, $6::text as none, $7::float8[] as floats`,
        [9007199254740991, 1.5, "2025-11-21T02:42:56.5Z", ['a"\\', null, ""], true, null, [
          0.1,
          null,
          1e21,
        ]],
      ),
    ).toEqual([{
      big: 9007199254740991,
      n: 1.5,
      t: Date.UTC(2025, 10, 21, 2, 42, 56, 500),
      list: ['a"\\', null, ""],
      yes: true,
      none: null,
      floats: [0.1, null, 1e21],
    }]);
  });

  test("a transaction is all or nothing, and errors keep their SQLSTATE", async () => {
    const database = await reopen(await newDirectory());
    await database.query("create table t (a int primary key)");
    const twice = database.transact([
      { text: "insert into t values (1)" },
      { text: "insert into t values (1)" },
    ]);
    const error = await twice.then(() => null, (error: unknown) => error);
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code: "rejected", sqlState: "23505" });
    expect(await database.query("select * from t")).toEqual([]);
  });

  test("any number of threads may ask at once", async () => {
    await reopen(await newDirectory());
    const databases = Array.from({ length: 5 }, () => connectTo(host!));
    await databases[0]!.query("create table t (a int)");
    await Promise.all(databases.flatMap((database, index) =>
      Array.from(
        { length: 10 },
        () => database.query("insert into t values ($1::int)", [index]),
      )
    ));
    expect(await databases[3]!.query("select count(*) as n from t")).toEqual([{ n: 50 }]);
  });

  test("a closed host rejects what is asked of it as unavailable", async () => {
    const database = await reopen(await newDirectory());
    await host!.close();
    host = null;
    expect(await codeOf(database.query("select 1"))).toBe("unavailable");
  });

  test("what is under way when the other end closes rejects as unavailable", async () => {
    const { port1, port2 } = new MessageChannel();
    const asked = codeOf(connectEmbedded(port1).query("select 1"));
    port2.close();
    expect(await asked).toBe("unavailable");
  });

  for (
    const [damage, inflict] of [
      ["its control file is gone", (path: string) => unlink(join(path, "global", "pg_control"))],
      [
        "its control file is garbage",
        (path: string) => writeFile(join(path, "global", "pg_control"), "garbage".repeat(1000)),
      ],
      ["its version file is gone", (path: string) => unlink(join(path, "PG_VERSION"))],
      ["it is of another version", (path: string) => writeFile(join(path, "PG_VERSION"), "15\n")],
      ["its tables are gone", (path: string) => rm(join(path, "base"), { recursive: true })],
    ] as const
  ) {
    test(`a store is moved aside and made anew when ${damage}`, async () => {
      const directory = await newDirectory();
      await migrate(await reopen(directory), SILENT_LOG);
      await host!.close();
      host = null;
      await inflict(directory);
      const database = await reopen(directory);
      expect(moved).toEqual([`${directory}.damaged-2025-11-21_02-42-56`]);
      expect(await readdir(moved[0]!)).not.toEqual([]);
      await migrate(database, SILENT_LOG);
      expect(await database.query("select * from server_metrics")).toEqual([]);
    }, 60_000);
  }

  test(
    "a page found damaged in use breaks the store off, and the next opening is new",
    async () => {
      const directory = await newDirectory();
      const first = await reopen(directory);
      await first.query("create table t as select g as a from generate_series(1, 5000) as g");
      const [place] = await first.query<{ path: string }>(
        "select pg_relation_filepath('t') as path",
      );
      await host!.close();
      host = null;
      await flipBytes(join(directory, place!.path), 8192 + 4000);
      const second = await reopen(directory);
      expect(await codeOf(second.query("select sum(a) from t"))).toBe("unavailable");
      expect(broken).toHaveLength(1);
      expect(await codeOf(second.query("select 1"))).toBe("unavailable");
      const third = await reopen(directory);
      expect(moved).toHaveLength(1);
      expect(await third.query("select to_regclass('t') as t")).toEqual([{ t: null }]);
    },
    60_000,
  );
});

async function flipBytes(path: string, at: number): Promise<void> {
  const file = await open(path, "r+");
  const bytes = new Uint8Array(16);
  await file.read(bytes, 0, 16, at);
  await file.write(bytes.map((byte) => byte ^ 0xff), 0, 16, at);
  await file.close();
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "no error";
  } catch (error) {
    return error instanceof StoreError ? error.code : String(error);
  }
}
