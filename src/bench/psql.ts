/** The peer PostgreSQL: `psql \copy` into a table of the original's shape. */
import type { ScratchDatabase } from "./scratch.ts";

/** The rows that rackwatch just stored, as CSV in `file`. */
export async function exportRows(databaseUrl: string, file: string): Promise<void> {
  await psql(
    databaseUrl,
    "\\copy (select host_id, timestamp, temp_c, cpu_load, voltage, power_watts " +
      `from server_metrics) to '${file}' csv`,
  );
}

/** Seconds that `\copy` takes. The table stays. */
export async function copyRows(
  { sql, url }: Pick<ScratchDatabase, "sql" | "url">,
  table: string,
  file: string,
  isIndexed: boolean,
): Promise<number> {
  await sql.unsafe(`drop table if exists ${table}`);
  await sql.unsafe(`create table ${table} (host_id text, "timestamp" timestamp,
    temp_c double precision, cpu_load double precision, voltage double precision,
    power_watts double precision)`);
  if (isIndexed) await sql.unsafe(`create index on ${table} (host_id, "timestamp")`);
  await sql.unsafe("checkpoint");
  const startedMs = performance.now();
  await psql(url, `\\copy ${table} from '${file}' csv`);
  return (performance.now() - startedMs) / 1000;
}

async function psql(databaseUrl: string, command: string): Promise<void> {
  const child = Bun.spawn(
    ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", databaseUrl, "-c", command],
    { stdin: "ignore", stdout: "ignore", stderr: "pipe" },
  );
  const errors = await new Response(child.stderr).text();
  if (await child.exited !== 0) throw new Error(`psql could not ${command}: ${errors.trim()}`);
}
