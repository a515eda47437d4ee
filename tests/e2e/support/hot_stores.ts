/** The two kinds of hot store that every whole-process test runs on. */
import { SQL } from "bun";
import { startPostgres } from "../../support/postgres.ts";
import type { Started } from "../../support/rackwatch.ts";

export interface HotStore {
  /** For the process's environment. */
  readonly environment: Readonly<Record<string, string>>;
  drop(): Promise<void>;
}

const running = await startPostgres();
// Test files share this process: the server goes with it.
process.on("exit", () => void running?.stop());

export const HOT_STORES: readonly { readonly name: string; make(): HotStore }[] = [
  { name: "embedded store", make: () => ({ environment: {}, drop: () => Promise.resolve() }) },
  ...(running === null ? [] : [{ name: "PostgreSQL", make: () => freshDatabase(running.url) }]),
];

/** A database that does not exist yet: rackwatch is to make it. */
function freshDatabase(url: string): HotStore {
  const name = `rackwatch_e2e_${crypto.randomUUID().replaceAll("-", "")}`;
  const fresh = new URL(url);
  fresh.pathname = `/${name}`;
  return {
    environment: { DATABASE_URL: fresh.href },
    drop: async () => {
      const sql = new SQL(url, { max: 1 });
      await sql.unsafe(`drop database if exists ${name} with (force)`);
      await sql.close();
    },
  };
}

/** Where SQL reaches the store of a running process; the embedded one wants `--sql`. */
export async function sqlUrl(rackwatch: Started, store: HotStore): Promise<string> {
  const url = store.environment["DATABASE_URL"];
  if (url !== undefined) return url;
  const line = await rackwatch.log((one) => one.message === "listening for SQL");
  return `postgres://postgres@${String(line["address"])}/postgres`;
}
