import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import postgres from "postgres";
import type { Database } from "../../src/store/database.ts";
import type { EmbeddedHost } from "../../src/store/embedded_host.ts";
import { migrate } from "../../src/store/migrations.ts";
import { SILENT_LOG } from "../../src/log.ts";
import type { SqlPort } from "../../src/store/sql_port.ts";
import { failureOf } from "./fixtures.ts";
import { connectTo, openEmbeddedHost } from "../support/stores.ts";

describe("SQL port of the embedded store", () => {
  let opened: { host: EmbeddedHost; directory: string };
  let port: SqlPort;
  let ours: Database;
  beforeAll(async () => {
    opened = await openEmbeddedHost();
    ours = connectTo(opened.host);
    await migrate(ours, SILENT_LOG);
    await ours.query("create table public.t (a int)");
    port = await opened.host.listenSql({
      hostname: "127.0.0.1",
      port: 0,
      idleInTransactionMs: 300,
    });
  }, 60_000);
  afterAll(async () => {
    await opened.host.close();
    await rm(opened.directory, { recursive: true, force: true });
  });

  const client = (options: Record<string, unknown> = {}) =>
    postgres(`postgres://anyone@127.0.0.1:${port.port}/rackwatch`, {
      max: 1,
      onnotice: () => {},
      ...options,
    });
  const withClient = async <T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> => {
    const sql = client();
    try {
      return await work(sql);
    } finally {
      await sql.end({ timeout: 1 });
    }
  };

  test("a driver's simple and prepared queries are answered", async () => {
    await withClient(async (sql) => {
      expect(await rows(sql.unsafe("select 1 as one"))).toEqual([{ one: 1 }]);
      expect(await rows(sql`select ${7}::int as seven, ${"x"}::text as x`))
        .toEqual([{ seven: 7, x: "x" }]);
    });
  });

  test("server_metrics is there", async () => {
    await withClient(async (sql) => {
      expect(await rows(sql`select * from server_metrics limit 0`)).toEqual([]);
    });
  });

  test("an error leaves the connection usable, also in a prepared query", async () => {
    await withClient(async (sql) => {
      expect(await sqlState(sql`select 1 / ${0}::int`)).toBe("22012");
      expect(await sqlState(sql.unsafe("selec"))).toBe("42601");
      expect(await rows(sql`select 2 as two`)).toEqual([{ two: 2 }]);
    });
  });

  test("clients' transactions never mix with each other or with ours", async () => {
    await ours.query("truncate public.t");
    const clients = [client(), client(), client()];
    await Promise.all([
      ...clients.map(async (sql, index) => {
        for (let round = 0; round < 10; round++) {
          await sql.begin(async (transaction) => {
            await transaction`insert into t values (${index})`;
            await transaction`insert into t values (${index})`;
            if (round % 2 === 1) throw new Error("rolled back");
          }).catch(() => {});
        }
      }),
      (async () => {
        for (let round = 0; round < 20; round++) {
          await ours.transact([{ text: "insert into public.t values ($1::int)", values: [9] }]);
        }
      })(),
    ]);
    await Promise.all(clients.map((sql) => sql.end()));
    expect(await ours.query("select a, count(*) as n from public.t group by a order by a"))
      .toEqual([{ a: 0, n: 10 }, { a: 1, n: 10 }, { a: 2, n: 10 }, { a: 9, n: 20 }]);
  }, 20_000);

  test("two clients may give their prepared statements the same name", async () => {
    const one = await rawClient(port.port);
    const other = await rawClient(port.port);
    expect(await one.ask(prepare("s1", "select 1"))).not.toContain("ERROR");
    expect(await other.ask(prepare("s1", "select 'two'"))).not.toContain("ERROR");
    expect(await one.ask(prepare("s1", "select 3"))).toContain("42P05");
    one.end();
    other.end();
  });

  test("a transaction left idle is rolled back and its client cut off", async () => {
    await ours.query("truncate public.t");
    const sql = client();
    const left = sql.begin(async (transaction) => {
      await transaction`insert into t values (1)`;
      await new Promise(() => {});
    });
    const cut = left.then(() => "committed", (error) => String(error.code));
    // Ours waits behind the transaction, and gets its turn.
    await ours.query("insert into public.t values (2)");
    expect(await ours.query("select a from public.t")).toEqual([{ a: 2 }]);
    expect(await cut).toMatch(/25P03|CONNECTION_CLOSED/);
    await sql.end({ timeout: 1 });
  }, 20_000);

  test("a client that vanishes in a transaction takes it along", async () => {
    await ours.query("truncate public.t");
    const socket = await rawClient(port.port);
    await socket.ask(simpleQuery("begin; insert into t values (5)"));
    socket.end();
    await ours.query("insert into public.t values (6)");
    expect(await ours.query("select a from public.t")).toEqual([{ a: 6 }]);
  });

  test("what a client sets does not change what we read", async () => {
    await withClient(async (sql) => {
      await sql`set datestyle to 'German'`;
      await sql`set timezone to 'Asia/Kolkata'`;
      await sql`set extra_float_digits to -10`;
      expect(
        await ours.query("select timestamptz '2025-11-21 02:42:56Z' as t, 1/3.0::float8 as third"),
      ).toEqual([{ t: Date.UTC(2025, 10, 21, 2, 42, 56), third: 1 / 3 }]);
    });
  });

  test("COPY FROM STDIN is refused, and the store lives on", async () => {
    await withClient(async (sql) => {
      expect(await sqlState(sql.unsafe("copy t from stdin"))).toBe("0A000");
      expect(
        await sqlState(sql`COPY t /* x */ FROM STDIN`),
      ).toBe("0A000");
      expect(await rows(sql`select 3 as three`)).toEqual([{ three: 3 }]);
    });
  });

  test("nonsense is answered with an error and a closed connection", async () => {
    const socket = await rawClient(port.port, new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
    expect(await socket.closed).toContain("08P01");
    await ours.query("select 1");
  });

  test("an address beyond loopback is refused", async () => {
    const error = await failureOf(opened.host.listenSql({ hostname: "0.0.0.0", port: 0 }));
    expect(error.message).toContain("loopback");
  });
});

async function sqlState(work: PromiseLike<unknown>): Promise<string> {
  try {
    await work;
    return "no error";
  } catch (error) {
    return error instanceof postgres.PostgresError ? error.code : String(error);
  }
}

const STARTUP = new Uint8Array([0, 0, 0, 8, 0, 3, 0, 0]);

async function rawClient(port: number, first: Uint8Array = STARTUP) {
  let text = "";
  let onData = () => {};
  const closed = Promise.withResolvers<string>();
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data: (_socket, chunk) => {
        text += chunk.toString("latin1");
        onData();
      },
      close: () => closed.resolve(text),
    },
  });
  socket.write(first);
  const answered = (since: number) =>
    new Promise<void>((resolve) => {
      onData = () => text.slice(since).includes("Z\0\0\0\x05") && resolve();
      onData();
    });
  if (first === STARTUP) await answered(0);
  return {
    closed: closed.promise,
    ask: async (message: Uint8Array) => {
      const since = text.length;
      socket.write(message);
      await answered(since);
      return text.slice(since);
    },
    end: () => socket.end(),
  };
}

function simpleQuery(text: string): Uint8Array {
  return message("Q", text + "\0");
}

/** Parse under a name, and Sync. */
function prepare(name: string, text: string): Uint8Array {
  return Buffer.concat([message("P", `${name}\0${text}\0\0\0`), message("S", "")]);
}

function message(type: string, body: string): Uint8Array {
  const words = new TextEncoder().encode(body);
  const bytes = new Uint8Array(words.length + 5);
  bytes[0] = type.charCodeAt(0);
  new DataView(bytes.buffer).setUint32(1, words.length + 4);
  bytes.set(words, 5);
  return bytes;
}

async function rows(work: PromiseLike<Iterable<unknown>>): Promise<unknown[]> {
  return [...await work];
}
