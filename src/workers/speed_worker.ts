/** Entry point of the speed layer's thread. */
import { REAL_CLOCK } from "../runtime/clock.ts";
import { REAL_FILES } from "../runtime/files.ts";
import { REAL_RANDOM } from "../runtime/random.ts";
import type { Database } from "../store/database.ts";
import type { FromSpeed, SpeedStart, ToWorker } from "./messages.ts";
import { SpeedLayer } from "./speed/layer.ts";
import { openDatabase } from "./store_access.ts";
import { hostWorker } from "./worker_host.ts";

let layer: SpeedLayer | null = null;
let database: Database | null = null;

hostWorker<SpeedStart, ToWorker<SpeedStart>, FromSpeed>({
  area: "speed",
  start: async (start, { log, post, fail }) => {
    database = openDatabase(start.store, log);
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
    await database?.close();
  },
});
