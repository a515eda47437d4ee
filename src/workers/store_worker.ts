/** Entry point of the embedded store's thread: PGlite, alone with its memory and its blocking. */
import { join } from "node:path";
import { pgliteAssets } from "../assets/pglite_assets.ts";
import { formatAddress } from "../runtime/address.ts";
import { REAL_CLOCK } from "../runtime/clock.ts";
import { type EmbeddedHost, openEmbedded } from "../store/embedded_host.ts";
import type { FromStore, StoreStart, ToStore } from "./messages.ts";
import { hostWorker } from "./worker_host.ts";

let host: EmbeddedHost | null = null;
const early: MessagePort[] = [];

hostWorker<StoreStart, ToStore, FromStore>({
  area: "store",
  start: async (start, { log, post, fail }) => {
    const directory = join(start.dataDir, "store");
    let movedAside: string | null = null;
    host = await openEmbedded({
      directory,
      nowMs: REAL_CLOCK.nowMs,
      assets: await pgliteAssets(),
      log,
      onDamaged: (movedTo, reason) => {
        log.error("the embedded store does not open", { reason: reason.message });
        movedAside = movedTo;
      },
      onBroken: fail,
    });
    const sql = start.sql === null ? null : await host.listenSql(start.sql);
    for (const port of early.splice(0)) host.serve(port);
    post({
      type: "opened",
      where: directory,
      sql: sql === null ? null : formatAddress(sql),
      movedAside,
    });
  },
  stop: async () => {
    await host?.close();
  },
}, (message) => {
  if (message.type !== "connect") return;
  // A port that comes before the store is open waits; its requests wait in it.
  if (host === null) early.push(message.port);
  else host.serve(message.port);
});
