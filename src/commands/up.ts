/** `up`: everything. Also `stream` (the speed layer alone) and `serve` (the dashboard alone). */
import { numberFlag } from "../config.ts";
import type { CommandInput, CommandRunner } from "./command.ts";
import { withDataDirectory } from "./data_directory.ts";
import { checkDeclarations } from "./declarations.ts";
import { FLEET_LIMITS } from "./fleet_flags.ts";
import { type HousePlan, openHouse } from "./house.ts";
import { openBrowser } from "./open_browser.ts";
import { onStopSignals } from "./signals.ts";

export const up: CommandRunner = (input) => {
  const { config, call } = input;
  const generator = config.demo
    ? {
      rate: numberFlag(call.flags, "rate", FLEET_LIMITS.rate),
      hosts: numberFlag(call.flags, "hosts", FLEET_LIMITS.hosts),
      seed: numberFlag(call.flags, "seed", FLEET_LIMITS.seed),
      historyRows: FLEET_LIMITS.rows.fallback,
    }
    : null;
  return live(input, { speed: true, batch: "watch", generator, web: true });
};

export const stream: CommandRunner = (input) =>
  live(input, { speed: true, batch: null, generator: null, web: false });

/** Only reads: with PostgreSQL it may run beside the process that writes. */
export const serve: CommandRunner = (input) => {
  const plan: HousePlan = { speed: false, batch: null, generator: null, web: true };
  return input.config.databaseUrl === null ? live(input, plan) : run(input, plan);
};

function live(input: CommandInput, plan: HousePlan): Promise<number> {
  return withDataDirectory(input.config.dataDir, () => run(input, plan));
}

async function run({ config, log }: CommandInput, plan: HousePlan): Promise<number> {
  checkDeclarations(config);
  const stop = onStopSignals();
  const house = await openHouse(config, plan, stop, log);
  if (house.server !== null) {
    log.info("listening: dashboard and API", { url: house.server.url });
    console.log(`rackwatch ${house.status().version} is at ${house.server.url}`);
    if (config.open) openBrowser(house.server.url);
  }
  const exitCode = await stop.requested;
  log.info("stopping");
  await house.stop();
  log.info("stopped");
  return exitCode;
}
