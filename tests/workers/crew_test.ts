import { expect, test } from "bun:test";
import { missingForWork } from "../../routes/health.ts";
import { resolveConfig } from "../../src/config.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { Crew } from "../../src/workers/crew.ts";
import type { StoreKeeper } from "../../src/workers/store_keeper.ts";
import { testStatus } from "../routes/context.ts";
import { temporaryDirectory, until } from "../support/rackwatch.ts";

const NOWHERE = {
  access: () => ({
    access: { kind: "postgres", url: "postgres://nobody@127.0.0.1:1/x" },
    transfer: [],
  }),
  reachable: () => {},
} as unknown as StoreKeeper;

test("a speed layer that has not said a word yet is starting, and nothing is ready", async () => {
  await using directory = await temporaryDirectory();
  const config = resolveConfig(
    { "data-dir": directory.path, feed: "none", listen: "127.0.0.1:0" },
    {
      environment: {},
      directory: directory.path,
      stdoutIsTerminal: false,
      stderrIsTerminal: false,
    },
  );
  const crew = new Crew({
    config,
    version: "0.0.0",
    rules: [],
    plan: { speed: true, batch: null, generator: null },
    store: NOWHERE,
    onFatal: (message) => {
      throw new Error(message);
    },
    clock: REAL_CLOCK,
    log: SILENT_LOG,
  });
  expect(crew.speedStatus.state).toBe("starting");
  const status = testStatus();
  const layers = { ...status.layers, speed: crew.speedStatus };
  expect(missingForWork({ ...status, layers }, true)).toEqual(["the speed layer is starting"]);
  await until(() => crew.speedStatus.listen, (listen) => listen !== null);
  await crew.stop();
});
