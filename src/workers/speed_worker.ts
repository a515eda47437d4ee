/** Entry point of the speed layer's thread. */
import { REAL_CLOCK } from "../runtime/clock.ts";
import { REAL_FILES } from "../runtime/files.ts";
import { REAL_RANDOM } from "../runtime/random.ts";
import type { Log } from "../log.ts";
import { refusedLines } from "../model/ingest.ts";
import type { RenewableDatabase } from "../store/renewable_database.ts";
import type { FromSpeed, SpeedStart, ToSpeed } from "./messages.ts";
import { SpeedLayer } from "./speed/layer.ts";
import { openDatabase, renewDatabase } from "./store_access.ts";
import { hostWorker } from "./worker_host.ts";

let layer: SpeedLayer | null = null;
let say: (message: FromSpeed) => void = () => {};
let opened: { readonly database: RenewableDatabase; readonly log: Log } | null = null;

hostWorker<SpeedStart, ToSpeed, FromSpeed>({
  area: "speed",
  start: async (start, { log, post, fail }) => {
    const database = openDatabase(start.store, log);
    opened = { database, log };
    say = post;
    layer = new SpeedLayer(start, {
      database,
      files: REAL_FILES,
      clock: REAL_CLOCK,
      random: REAL_RANDOM,
      log,
      post,
      fail,
    });
    await layer.start();
  },
  stop: async () => {
    await layer?.stop();
    await opened?.database.close();
  },
}, (message) => {
  if (message.type === "ingest") {
    const { id, lines } = message;
    const taken = layer?.ingest(lines) ?? Promise.resolve(refusedLines("starting", false));
    void taken.then((outcome) => say({ type: "ingested", id, outcome }));
    return;
  }
  if (message.type !== "store_renewed" || opened === null) return;
  renewDatabase(opened.database, message.access, opened.log);
  layer?.storeRenewed();
});
