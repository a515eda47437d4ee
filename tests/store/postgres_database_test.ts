import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createLog, SILENT_LOG } from "../../src/log.ts";
import { type Database, StoreError } from "../../src/store/database.ts";
import { migrate } from "../../src/store/migrations.ts";
import { openPostgres } from "../../src/store/postgres_database.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { type RunningPostgres, startPostgres } from "../support/postgres.ts";
import { freshDatabaseUrl } from "../support/stores.ts";
import { type Relay, startRelay } from "../support/relay.ts";
import { checkpoint, LIVE_ORIGIN, liveBatch, manyReadings } from "./fixtures.ts";

const server: RunningPostgres | null = await startPostgres();

describe.if(server !== null)("PostgreSQL database", () => {
  let url: string;
  let database: Database;
  beforeAll(async () => {
    url = freshDatabaseUrl(server!.url);
    database = await openPostgres(url, { log: SILENT_LOG });
  });
  afterAll(async () => {
    await database.close();
    const admin = await openPostgres(server!.url, { log: SILENT_LOG });
    await admin.query(`drop database if exists "${new URL(url).pathname.slice(1)}" with (force)`);
    await admin.close();
    await server!.stop();
  });

  test("a missing database is created", async () => {
    expect(await database.query("select current_database() as name"))
      .toEqual([{ name: new URL(url).pathname.slice(1) }]);
  });

  test("a database that may not be created says so, and what to do", async () => {
    const role = `nobody_${crypto.randomUUID().slice(0, 8)}`;
    await database.query(`create role ${role} login password 'tops3cret'`);
    const other = new URL(freshDatabaseUrl(server!.url));
    other.username = role;
    other.password = "tops3cret";
    const error = await failure(openPostgres(other.toString(), { log: SILENT_LOG }));
    expect(error.message).toMatch(/does not exist and could not be created.*createdb/);
    expect(error.message).not.toContain("tops3cret");
    await database.query(`drop role ${role}`);
  });

  test("numbers, times, lists and nulls come as documented", async () => {
    expect(
      await database.query(
        `select $1::int8 as big, $2::numeric as n, $3::timestamptz as t, $4::bool as yes,
          $5::text as none, cardinality($6::float8[]) as floats`,
        [9007199254740991, 1.5, "2025-11-21T02:42:56.5Z", true, null, [0.1, null, 1e21]],
      ),
    ).toEqual([{
      big: 9007199254740991,
      n: 1.5,
      t: Date.UTC(2025, 10, 21, 2, 42, 56, 500),
      yes: true,
      none: null,
      floats: 3,
    }]);
  });

  test("a refused row leaves the connection usable", async () => {
    const insert = database.transact([
      { text: "create table refused (a int primary key)" },
      { text: "insert into refused values ($1::int), ($1::int)", values: [1] },
      { text: "select 1" },
    ]);
    expect(await failure(insert)).toMatchObject({ code: "rejected", sqlState: "23505" });
    expect(await database.query("select to_regclass('refused') as t")).toEqual([{ t: null }]);
  });

  test("a query that takes too long is given up, and says so", async () => {
    const quick = await openPostgres(url, { log: SILENT_LOG, queryTimeoutMs: 50 });
    const error = await failure(quick.query("select pg_sleep(30)"));
    expect(error).toMatchObject({ code: "failed", sqlState: "57014" });
    expect(error.message).toContain("took too long");
    await quick.close();
  });

  test("a transaction known to be long may take its time", async () => {
    const quick = await openPostgres(url, { log: SILENT_LOG, transactTimeoutMs: 50 });
    const long = [{ text: "select pg_sleep(0.2)" }, { text: "select 5 as five" }];
    expect(await failure(quick.transact(long))).toMatchObject({ sqlState: "57014" });
    expect((await quick.transact(long, { timeoutMs: 10_000 }))[1]).toEqual([{ five: 5 }]);
    await quick.close();
  });

  test("a refused login is no outage, and shows no password", async () => {
    const lines: string[] = [];
    const log = createLog({ format: "json", area: "t", write: (line) => lines.push(line) });
    const wrong = new URL(url);
    wrong.username = "who_is_this";
    wrong.password = "tops3cret";
    const error = await failure(openPostgres(wrong.toString(), { log }));
    expect(error.code).toBe("failed");
    expect(error.message + error.stack + lines.join()).not.toContain("tops3cret");
  });

  test("nobody listening is unavailable", async () => {
    const error = await failure(openPostgres("postgres://a:b@127.0.0.1:1/x", { log: SILENT_LOG }));
    expect(error.code).toBe("unavailable");
  });

  describe("through a connection that breaks", () => {
    let relay: Relay;
    let shaky: Database;
    let writer: StoreWriter;
    beforeAll(async () => {
      await migrate(database, SILENT_LOG);
      const target = new URL(url);
      relay = await startRelay(target.hostname, Number(target.port || 5432));
      const through = new URL(url);
      through.hostname = "127.0.0.1";
      through.port = String(relay.port);
      // Statements that go out as text every time, so that the relay can see a commit.
      through.searchParams.set("prepare", "false");
      shaky = await openPostgres(through.toString(), { log: SILENT_LOG, connectTimeoutMs: 1_000 });
      writer = new StoreWriter(shaky);
    });
    afterAll(async () => {
      await shaky.close();
      relay.stop();
    });

    test(
      "lost during COMMIT: unavailable, and the checkpoint tells what became of it",
      async () => {
        const readings = manyReadings(100);
        for (let at = 0; at < 12; at++) {
          const batch = liveBatch({ readings, from: checkpoint(at), to: checkpoint(at + 1) });
          // Cut before the commit is sent, or after it was and before its answer came back.
          relay.cutWhenSent("commit", at % 2 === 0 ? "before" : "after");
          expect((await failure(writer.commitLive(batch))).code).toBe("unavailable");
          relay.heal();
          const stored = await writer.readCheckpoint(LIVE_ORIGIN.runId);
          if ((stored?.offset ?? 0) > at) continue;
          // What was lost may have been under way at the server until now: then it is in already.
          const refusal = await writer.commitLive(batch).then(() => null, (error) => error);
          if (refusal !== null) expect(refusal).toMatchObject({ code: "stale_checkpoint" });
        }
        expect(await shaky.query("select count(*) as n from server_metrics"))
          .toEqual([{ n: 1_200 }]);
      },
      60_000,
    );

    test("away and back: unavailable meanwhile, then as before", async () => {
      relay.refuse();
      expect((await failure(shaky.query("select 1"))).code).toBe("unavailable");
      expect((await failure(shaky.transact([{ text: "select 1" }]))).code).toBe("unavailable");
      relay.heal();
      expect(await eventually(() => shaky.query("select 1 as one"))).toEqual([{ one: 1 }]);
    }, 60_000);

    test("a server that no longer answers is unavailable after the time-out", async () => {
      const through = new URL(url);
      through.hostname = "127.0.0.1";
      through.port = String(relay.port);
      const impatient = await openPostgres(through.toString(), {
        log: SILENT_LOG,
        queryTimeoutMs: 100,
        answerGraceMs: 100,
      });
      await impatient.query("select 1");
      relay.swallow();
      expect((await failure(impatient.query("select 1"))).code).toBe("unavailable");
      relay.heal();
      expect(await eventually(() => impatient.query("select 1 as one"))).toEqual([{ one: 1 }]);
      await impatient.close();
    }, 60_000);
  });
});

async function failure(work: Promise<unknown>): Promise<StoreError> {
  const outcome = await work.then(() => "no error", (error: unknown) => error);
  if (outcome instanceof StoreError) return outcome;
  throw new Error(`expected a StoreError, got ${outcome}`);
}

/** Tries again while the store is unavailable: reconnecting backs off. */
async function eventually<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== "unavailable") throw error;
    }
  }
}
