/** Opens the hot store from any thread, whichever kind it is. */
import type { Log } from "../log.ts";
import type { Database } from "../store/database.ts";
import { connectEmbedded } from "../store/embedded_database.ts";
import { openPostgres } from "../store/postgres_database.ts";
import type { StoreAccess } from "./messages.ts";

export async function openDatabase(access: StoreAccess, log: Log): Promise<Database> {
  return access.kind === "postgres"
    ? await openPostgres(access.url, { log })
    : connectEmbedded(access.port);
}
