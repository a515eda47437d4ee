/** What a benchmark makes for itself and takes away again: a directory and a database. */
import { SQL } from "bun";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Scratch {
  readonly directory: string;
  readonly dataDir: string;
  /** Of the store that is measured; null: the embedded one, in the data directory. */
  readonly databaseUrl: string | null;
  remove(): Promise<void>;
}

export interface ScratchDatabase {
  readonly url: string;
  readonly sql: SQL;
  remove(): Promise<void>;
}

const LEFT = new Set<() => Promise<void>>();

/** @param serverUrl A PostgreSQL on which databases may be made; null: the embedded store. */
export async function makeScratch(serverUrl: string | null): Promise<Scratch> {
  const directory = await mkdtemp(join(tmpdir(), "rackwatch-bench-"));
  const database = serverUrl === null ? null : await makeDatabase(serverUrl);
  return {
    directory,
    dataDir: join(directory, "data"),
    databaseUrl: database?.url ?? null,
    remove: removing(async () => {
      await database?.remove();
      await rm(directory, { recursive: true, force: true });
    }),
  };
}

export async function makeDatabase(serverUrl: string): Promise<ScratchDatabase> {
  const name = `rackwatch_bench_${crypto.randomUUID().replaceAll("-", "")}`;
  const admin = new SQL(serverUrl, { max: 1 });
  await admin.unsafe(`create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const sql = new SQL(url.href, { max: 2 });
  return {
    url: url.href,
    sql,
    remove: removing(async () => {
      await sql.close();
      await admin.unsafe(`drop database if exists ${name} with (force)`);
      await admin.close();
    }),
  };
}

/** For a benchmark that is broken off: databases may be large. */
export async function removeWhatIsLeft(): Promise<void> {
  await Promise.allSettled([...LEFT].map((remove) => remove()));
}

function removing(remove: () => Promise<void>): () => Promise<void> {
  const once = async () => {
    if (LEFT.delete(once)) await remove();
  };
  LEFT.add(once);
  return once;
}
