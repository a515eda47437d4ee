/** Entry point of the embedded store's thread: PGlite, alone with its memory and its blocking. */
import { join } from "node:path";
import { pgliteAssets } from "../assets/pglite_assets.ts";
import { formatAddress } from "../runtime/address.ts";
import { delay, REAL_CLOCK } from "../runtime/clock.ts";
import {
  type EmbeddedHost,
  type EmbeddedHostOptions,
  openEmbedded,
} from "../store/embedded_host.ts";
import { diskHasRoom, noRoom } from "../store/embedded_room.ts";
import type { FromStore, StoreStart, ToStore } from "./messages.ts";
import { hostWorker } from "./worker_host.ts";

/** Between two looks at a disk that has no room for the store. */
const ROOM_LOOK_MS = 500;

let host: EmbeddedHost | null = null;
const stopping = new AbortController();
const early: MessagePort[] = [];

hostWorker<StoreStart, ToStore, FromStore>({
  area: "store",
  start: async (start, { log, post, fail }) => {
    const directory = join(start.dataDir, "store");
    let movedAside: string | null = null;
    host = await openWithRoom({
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
    if (host === null) return;
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
    stopping.abort();
    await host?.close();
  },
}, (message) => {
  if (message.type !== "connect") return;
  // A port that comes before the store is open waits; its requests wait in it.
  if (host === null) early.push(message.port);
  else host.serve(message.port);
});

/** Without room it waits instead of failing: a restart would not help. Null: it was stopped. */
async function openWithRoom(options: EmbeddedHostOptions): Promise<EmbeddedHost | null> {
  let isTold = false;
  while (!stopping.signal.aborted) {
    if (await diskHasRoom(options.directory)) {
      try {
        return await openEmbedded(options);
      } catch (error) {
        if (await diskHasRoom(options.directory)) throw error;
      }
    }
    if (!isTold) {
      options.log.warn("the embedded store is not opened", {
        reason: noRoom(options.directory).message,
      });
    }
    isTold = true;
    await delay(REAL_CLOCK, ROOM_LOOK_MS, stopping.signal);
  }
  return null;
}
