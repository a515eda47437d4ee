/**
 * Both hot stores for tests: `for (const store of STORES) describe(store.name, …)`. Each call opens
 * an empty, migrated store of its own, and `close` leaves nothing behind.
 */
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import packageJson from "../../package.json";
import { SILENT_LOG } from "../../src/log.ts";
import type { Database } from "../../src/store/database.ts";
import { withDatabase } from "../../src/store/database_url.ts";
import { connectEmbedded } from "../../src/store/embedded_database.ts";
import { type EmbeddedHost, openEmbedded } from "../../src/store/embedded_host.ts";
import { makeEmbeddedImage } from "../../src/store/embedded_open.ts";
import { migrate } from "../../src/store/migrations.ts";
import { openPostgres } from "../../src/store/postgres_database.ts";
import { type RunningPostgres, startPostgres } from "./postgres.ts";

export interface OpenStore {
  readonly database: Database;
  /** For a thread of its own; null where it is embedded in this one. */
  readonly url: string | null;
  /** Another connection to the same store, as another thread would have. */
  connect(): Promise<Database>;
  close(): Promise<void>;
}

export interface StoreUnderTest {
  readonly name: "postgres" | "embedded";
  open(options?: { readonly migrated?: boolean }): Promise<OpenStore>;
}

let server: RunningPostgres | null = null;

/** The stores this machine can test; loudly without PostgreSQL where there is none. */
export async function storesUnderTest(): Promise<readonly StoreUnderTest[]> {
  server ??= await startPostgres();
  process.on("exit", () => void server?.stop());
  const embedded: StoreUnderTest = { name: "embedded", open: openEmbeddedStore };
  if (server === null) return [embedded];
  const { url } = server;
  return [{ name: "postgres", open: (options) => openPostgresStore(url, options) }, embedded];
}

/** Stops the server this test file started, if it started one. */
export async function stopStores(): Promise<void> {
  const running = server;
  server = null;
  await running?.stop();
}

/** The address of a database that does not exist yet, on the server under test. */
export function freshDatabaseUrl(url: string): string {
  return withDatabase(url, `rackwatch_test_${crypto.randomUUID().replaceAll("-", "")}`);
}

async function openPostgresStore(
  serverUrl: string,
  { migrated = true } = {},
): Promise<OpenStore> {
  const url = freshDatabaseUrl(serverUrl);
  const opened: Database[] = [];
  const connect = async () => {
    const database = await openPostgres(url, { log: SILENT_LOG });
    opened.push(database);
    return database;
  };
  const database = await connect();
  if (migrated) await migrate(database, SILENT_LOG);
  const close = async () => {
    await Promise.all(opened.map((one) => one.close()));
    const admin = await openPostgres(serverUrl, { log: SILENT_LOG });
    const name = new URL(url).pathname.slice(1);
    await admin.query(`drop database if exists "${name}" with (force)`);
    await admin.close();
  };
  return { database, url, connect, close };
}

async function openEmbeddedStore({ migrated = true } = {}): Promise<OpenStore> {
  const { host, directory } = await openEmbeddedHost();
  const connect = () => Promise.resolve(connectTo(host));
  const database = connectTo(host);
  if (migrated) await migrate(database, SILENT_LOG);
  const close = async () => {
    await host.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { database, url: null, connect, close };
}

/** An embedded store in this thread, in a directory of its own. */
export async function openEmbeddedHost(): Promise<{ host: EmbeddedHost; directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), "rackwatch-embedded-"));
  const host = await openEmbedded({
    directory: join(directory, "store"),
    nowMs: Date.now,
    image: await embeddedImage(),
    log: SILENT_LOG,
  });
  return { host, directory };
}

export function connectTo(host: EmbeddedHost): Database {
  const { port1, port2 } = new MessageChannel();
  host.serve(port2);
  return connectEmbedded(port1);
}

/** initdb takes seconds; its result is the same every time, so one is kept beside the packages. */
export async function embeddedImage(): Promise<Blob> {
  const version = packageJson.dependencies["@electric-sql/pglite"];
  const path = join(
    import.meta.dirname,
    "../../node_modules/.cache/rackwatch",
    `pglite-${version}.tar`,
  );
  if (!await Bun.file(path).exists()) {
    const partial = `${path}.${process.pid}`;
    await Bun.write(partial, await makeEmbeddedImage());
    await rename(partial, path);
  }
  return Bun.file(path);
}
