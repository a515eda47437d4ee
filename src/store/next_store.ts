/**
 * A second store beside the one in use, filled at leisure and put in its place at once. It lives in
 * a schema of its own, made by the same migrations; whoever fills it uses the same statements.
 *
 *   rackwatch_next   being filled
 *   rackwatch        in use                   ← rackwatch_next, in one transaction
 *   rackwatch_old    replaced, being dropped  ← rackwatch
 *
 * Promises that at any moment, a crash included, `rackwatch` is one whole store. What is left of an
 * attempt that did not end is dropped by the next one, and by `dropLeftovers` at a start.
 */
import type { Log } from "../log.ts";
import type { Database, Row, SqlValue, Statement, TransactOptions } from "./database.ts";
import { migrateTables, VIEW } from "./migrations.ts";
import { MIGRATE_LOCK, REPLACE_LOCK } from "./store_lock.ts";

const NEXT = "rackwatch_next";
const OLD = "rackwatch_old";

/** A transaction of a writer that the replacement waits for may be a swap of a large file. */
const REPLACE_MS_MAX = 3_600_000;

/** Makes an empty store beside the one in use; what a former attempt left is dropped first. */
export async function openNextStore(database: Database, log: Log): Promise<Database> {
  await dropLeftovers(database);
  const next = inSchema(database, NEXT);
  await migrateTables(next, log);
  return next;
}

/**
 * Puts the next store in place of the one in use. Acknowledgements, which no archive knows, go over
 * to the alerts of the same id, and so do the schemas that sources had: files that told them may have
 * been replaced. Writers find out by themselves (`GuardedDatabase`).
 */
export async function replaceStore(database: Database): Promise<void> {
  await database.transact([
    { text: `select pg_advisory_xact_lock(${REPLACE_LOCK})` },
    { text: `select pg_advisory_xact_lock(${MIGRATE_LOCK})` },
    // No acknowledgement comes in between: one that waits for the lock finds the new table.
    { text: "lock table rackwatch.alerts in exclusive mode" },
    {
      text: `update ${NEXT}.alerts n set acknowledged_at = a.acknowledged_at,
          acknowledged_note = a.acknowledged_note
        from rackwatch.alerts a
        where a.alert_id = n.alert_id and a.acknowledged_at is not null`,
    },
    { text: "lock table rackwatch.source_schemas in exclusive mode" },
    {
      text: `delete from ${NEXT}.source_schemas
        where (source, layer) in (select source, layer from rackwatch.source_schemas)`,
    },
    { text: `insert into ${NEXT}.source_schemas select * from rackwatch.source_schemas` },
    { text: `alter schema rackwatch rename to ${OLD}` },
    { text: `alter schema ${NEXT} rename to rackwatch` },
    { text: REWRITE_FUNCTIONS },
    { text: VIEW },
  ], { timeoutMs: REPLACE_MS_MAX });
  await dropLeftovers(database);
}

/** Drops what a replacement, whole or broken off, left beside the store in use. */
export async function dropLeftovers(database: Database): Promise<void> {
  for (const schema of [NEXT, OLD]) await dropSchema(database, schema);
}

/** Partition by partition: all of them at once may take more locks than a server has. */
async function dropSchema(database: Database, schema: string): Promise<void> {
  const partitions = await database.query<{ name: string }>(
    `select c.relname as name from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1::text and c.relispartition and c.relkind = 'r'`,
    [schema],
  );
  for (const { name } of partitions) {
    await database.transact([{ text: `drop table ${schema}.${quoted(name)}` }]);
  }
  await database.transact([{ text: `drop schema if exists ${schema} cascade` }], {
    timeoutMs: REPLACE_MS_MAX,
  });
}

/** Bodies of functions name their tables in words, which a rename does not change. */
const REWRITE_FUNCTIONS = `do $do$
  declare definition text;
  begin
    for definition in
      select replace(pg_get_functiondef(p.oid), '${NEXT}.', 'rackwatch.')
      from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      where n.nspname = 'rackwatch'
    loop
      execute definition;
    end loop;
  end $do$`;

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The same database with every statement's schema `rackwatch` read as `schema`. */
export function inSchema(database: Database, schema: string): Database {
  const texts = new Map<string, string>();
  const renamed = (text: string) => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    const made = text.replace(/\brackwatch(?=\.|$)/g, schema);
    // Texts are few and constant; one that is made of names (a partition's) must not pile up here.
    if (texts.size >= 200) texts.clear();
    texts.set(text, made);
    return made;
  };
  return {
    kind: database.kind,
    get incarnation() {
      return database.incarnation ?? 0;
    },
    query: <R extends Row = Row>(text: string, values?: readonly SqlValue[]) =>
      database.query<R>(renamed(text), values),
    transact: (statements: readonly Statement[], options?: TransactOptions) =>
      database.transact(
        statements.map((statement) => ({ ...statement, text: renamed(statement.text) })),
        options,
      ),
    // It is the other one's connection.
    close: () => Promise.resolve(),
  };
}
