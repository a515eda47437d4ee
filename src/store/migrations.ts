/**
 * Brings a store to this program's schema. Everything lives in the schema `rackwatch`; the one
 * thing others hold on to is the view `public.server_metrics`, made anew at every start in case
 * somebody dropped it. Each migration is one transaction, recorded in `rackwatch.migrations`, and
 * an advisory lock keeps two processes from doing it at once.
 *
 * Refuses a store that a newer program has changed, and a foreign table under the view's name.
 */
import type { Log } from "../log.ts";
import { type Database, type Statement, StoreError } from "./database.ts";
import { READINGS } from "./migrations/0001_readings.ts";
import { ROLLUPS } from "./migrations/0002_rollups.ts";
import { FUNCTIONS } from "./migrations/0003_functions.ts";
import { RECONCILIATIONS } from "./migrations/0004_reconciliations.ts";
import { IDENTITY } from "./migrations/0005_identity.ts";
import { CHUNKS } from "./migrations/0006_chunks.ts";
import { LATEST } from "./migrations/0007_latest.ts";
import { LOADING } from "./migrations/0008_loading.ts";
import { CHUNK_TIMES } from "./migrations/0009_chunk_times.ts";
import { TIERS } from "./migrations/0010_tiers.ts";
import { PAST_ALERTS } from "./migrations/0011_past_alerts.ts";
import { NOTES } from "./migrations/0012_notes.ts";
import { DEAD_LETTER_COUNTS } from "./migrations/0013_dead_letter_counts.ts";
import { ALERT_PAGES } from "./migrations/0014_alert_pages.ts";
import { SOURCE_SCHEMAS } from "./migrations/0015_source_schemas.ts";
import { LIVE_SCHEMAS } from "./migrations/0016_live_schemas.ts";
import { CHUNK_STATISTICS } from "./migrations/0017_chunk_statistics.ts";
import { LATE_READINGS } from "./migrations/0018_late_readings.ts";
import { MIGRATE_LOCK } from "./store_lock.ts";

/** In order for ever: a migration's number is its place here, from 1. Never edit one that shipped. */
const MIGRATIONS: readonly { readonly name: string; readonly statements: readonly string[] }[] = [
  { name: "readings", statements: READINGS },
  { name: "rollups", statements: ROLLUPS },
  { name: "functions", statements: FUNCTIONS },
  { name: "reconciliations", statements: RECONCILIATIONS },
  { name: "identity", statements: IDENTITY },
  { name: "chunks", statements: CHUNKS },
  { name: "latest", statements: LATEST },
  { name: "loading", statements: LOADING },
  { name: "chunk times", statements: CHUNK_TIMES },
  { name: "tiers by chunk", statements: TIERS },
  { name: "past alerts", statements: PAST_ALERTS },
  { name: "notes", statements: NOTES },
  { name: "dead letter counts", statements: DEAD_LETTER_COUNTS },
  { name: "pages of alerts", statements: ALERT_PAGES },
  { name: "schemas of sources", statements: SOURCE_SCHEMAS },
  { name: "schemas of live sources", statements: LIVE_SCHEMAS },
  { name: "statistics of chunks", statements: CHUNK_STATISTICS },
  { name: "late readings", statements: LATE_READINGS },
];
export const SCHEMA_VERSION = MIGRATIONS.length;

const LOCK: Statement = { text: `select pg_advisory_xact_lock(${MIGRATE_LOCK})` };

/** @throws {StoreError} `failed` with what to do, when the store is newer or not ours. */
export async function migrate(database: Database, log: Log): Promise<void> {
  await migrateTables(database, log);
  await ensureView(database);
}

/** The schema `rackwatch` alone, without the view that others hold on to. */
export async function migrateTables(database: Database, log: Log): Promise<void> {
  await database.transact([
    LOCK,
    { text: "create schema if not exists rackwatch" },
    {
      text: `create table if not exists rackwatch.migrations (
        number int primary key, name text not null, applied_at timestamptz not null default now()
      )`,
    },
  ]);
  // Each round applies one; another process may have been quicker, which the next round sees.
  for (;;) {
    const version = await storedVersion(database);
    if (version > SCHEMA_VERSION) throw tooNew(version);
    if (version === SCHEMA_VERSION) break;
    await apply(database, version + 1, log);
  }
}

async function storedVersion(database: Database): Promise<number> {
  const [row] = await database.query<{ version: number }>(
    "select coalesce(max(number), 0) as version from rackwatch.migrations",
  );
  return row?.version ?? 0;
}

async function apply(database: Database, number: number, log: Log): Promise<void> {
  const migration = MIGRATIONS[number - 1]!;
  try {
    await database.transact([
      LOCK,
      // First, so that a second process fails here, by the primary key, before it changes anything.
      {
        text: "insert into rackwatch.migrations (number, name) values ($1::int, $2::text)",
        values: [number, migration.name],
      },
      ...migration.statements.map((text) => ({ text })),
    ]);
    log.info("migrated the store", { number, name: migration.name });
  } catch (error) {
    if (error instanceof StoreError && error.sqlState === "23505") return;
    throw error;
  }
}

export const VIEW = `create or replace view public.server_metrics as
  select h.host_id, g.region, r.at as "timestamp", r.temp_c, r.cpu_load, r.voltage, r.power_watts,
    o.layer, o.path as origin, r.record_offset as "offset"
  from rackwatch.readings r
  left join rackwatch.hosts h on h.host_key = r.host_key
  left join rackwatch.regions g on g.region_key = h.region_key
  left join rackwatch.origins o on o.origin_key = r.origin_key`;

async function ensureView(database: Database): Promise<void> {
  const [found] = await database.query<{ kind: string | null }>(
    "select (select relkind::text from pg_class where oid = to_regclass('public.server_metrics')) as kind",
  );
  if (found?.kind !== null && found?.kind !== "v") {
    throw new StoreError(
      "failed",
      "The database already has a table public.server_metrics that rackwatch did not make, and " +
        "rackwatch offers its readings under that name. Rename it " +
        "(alter table public.server_metrics rename to server_metrics_old) or name another database",
    );
  }
  await database.transact([
    LOCK,
    { text: "create schema if not exists public" },
    { text: VIEW },
  ]);
}

function tooNew(version: number): StoreError {
  return new StoreError(
    "failed",
    `The hot store's schema is number ${version}, this program knows up to ${SCHEMA_VERSION}: ` +
      "a newer rackwatch has used it. Use that one, or give this one an empty database " +
      "(it is rebuilt from the archive)",
  );
}
