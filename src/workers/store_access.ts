/** The hot store from any thread, whichever kind it is, and whether or not it is there yet. */
import type { Log } from "../log.ts";
import type { Database } from "../store/database.ts";
import { connectEmbedded } from "../store/embedded_database.ts";
import { LazyDatabase } from "../store/lazy_database.ts";
import { RenewableDatabase } from "../store/renewable_database.ts";
import { migrate } from "../store/migrations.ts";
import { openPostgres } from "../store/postgres_database.ts";
import type { StoreAccess } from "./messages.ts";

/** Renewed by `renewDatabase` when the embedded store's thread was started again. */
export function openDatabase(access: StoreAccess, log: Log): RenewableDatabase {
  return new RenewableDatabase(lazyDatabase(access, log));
}

/** The store behind the new way in may be an empty one: it is migrated before anything else. */
export function renewDatabase(database: RenewableDatabase, access: StoreAccess, log: Log): void {
  database.renew(lazyDatabase(access, log));
}

function lazyDatabase(access: StoreAccess, log: Log): Database {
  if (access.kind === "postgres") {
    return new LazyDatabase("postgres", () => migrated(openPostgres(access.url, { log }), log));
  }
  // A port can be listened to once: it stays open from one try to the next. When the other end died
  // before it took the port up, nothing says so: it is closed from here.
  const embedded = connectEmbedded(access.port);
  return new LazyDatabase("embedded", async () => {
    await migrate(embedded, log);
    return embedded;
  }, () => embedded.close());
}

async function migrated(opening: Promise<Database>, log: Log): Promise<Database> {
  const database = await opening;
  try {
    await migrate(database, log);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
