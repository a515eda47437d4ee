/**
 * A running rackwatch: store, crew, hub and, where wanted, the web server, put together for the
 * commands that go on until they are stopped (`up`, `stream`, `serve`).
 */
import type { Config } from "../config.ts";
import { Hub } from "../live/hub.ts";
import { LIMITS } from "../limits.ts";
import type { Log } from "../log.ts";
import { summaryOf } from "../model/source_health.ts";
import type { Status } from "../model/status.ts";
import { isoUtc } from "../model/iso_time.ts";
import { REAL_CLOCK } from "../runtime/clock.ts";
import { createApp, type RunningServer, startServer } from "../server.ts";
import { Crew, type CrewPlan } from "../workers/crew.ts";
import { dropLeftovers } from "../store/next_store.ts";
import { SourceWatch } from "../workers/source_watch.ts";
import { Upkeep } from "../workers/upkeep.ts";
import { AgentTokens } from "../runtime/agent_tokens.ts";
import { newControlKey, writeControl } from "../runtime/control_file.ts";
import { recordFinder } from "../workers/origin/record_finder.ts";
import { StoreKeeper } from "../workers/store_keeper.ts";
import { ArchiveWatch } from "./archive_watch.ts";
import { HubSeed } from "./hub_seed.ts";
import { inTime } from "./in_time.ts";
import { alertRules } from "./rules.ts";
import type { StopRequest } from "./signals.ts";
import { StorePoll } from "./store_poll.ts";
import { VERSION } from "./version.ts";

export interface HousePlan extends CrewPlan {
  readonly web: boolean;
}

export interface House {
  readonly server: RunningServer | null;
  status(): Status;
  stop(): Promise<void>;
}

const STATUS_INTERVAL_MS = 500;
const NOT_DROPPED = "what a rebuild that was broken off left could not be dropped";

export async function openHouse(
  config: Config,
  plan: HousePlan,
  stop: StopRequest,
  log: Log,
): Promise<House> {
  const clock = REAL_CLOCK;
  const startedAt = isoUtc(clock.nowMs());
  const rules = alertRules(config);
  const onFatal = (message: string, exitCode: number) => {
    log.error(message, { exit_code: exitCode });
    stop.request(exitCode);
  };
  const hub = new Hub({ clock, log });
  const writes = plan.speed || plan.batch !== null;
  const store = new StoreKeeper({
    config,
    version: VERSION,
    clock,
    log,
    onFatal,
    onReady: (database) => {
      void seed.ready();
      if (writes) dropLeftovers(database).catch((error) => log.warn(NOT_DROPPED, { error }));
    },
    onRenewed: () => {
      crew.storeRenewed();
      upkeep.storeRenewed(() => store.access());
      void seed.batchChanged();
    },
  });
  const seed: HubSeed = new HubSeed({
    hub,
    database: () => store.database,
    speed: () => crew.speedStatus,
    log,
  });
  const archive = new ArchiveWatch(config.dataDir, log);
  const crew: Crew = new Crew({
    config,
    version: VERSION,
    rules,
    plan,
    store,
    onDelta: (delta) => hub.apply(delta),
    onBatchChanged: () => void seed.batchChanged(),
    onFatal,
    clock,
    log,
  });
  const upkeep = new Upkeep({
    start: () => crew.upkeepStart(),
    onReplaced: () => {
      crew.storeReplaced();
      void seed.batchChanged();
    },
    onFatal,
    clock,
    log,
  });
  const controlKey = newControlKey();
  const tokens = agentTokens();
  const watch = new SourceWatch({
    ...config,
    runs: { speed: plan.speed, batch: plan.batch !== null },
    tokens,
    startedMs: clock.nowMs(),
    log,
  });
  const sources = () => {
    const { speedStatus: speed, batchStatus: batch, agentsHeard: agents } = crew;
    return watch.health({ speed, batch, agents }, clock.nowMs());
  };
  const status = (): Status => ({
    version: VERSION,
    mode: plan.generator === null ? "live" : "demo",
    started_at: startedAt,
    now: isoUtc(clock.nowMs()),
    store: { ...store.status, rows: hub.board().regions.reduce((sum, one) => sum + one.rows, 0) },
    archive: archive.status,
    layers: {
      speed: crew.speedStatus,
      batch: crew.batchStatus,
      generator: crew.generatorStatus,
    },
    live: hub.tracked,
    reconciliation: crew.reconciliation,
    sources: summaryOf(sources(), LIMITS.silentNamesMax),
  });
  const poll = plan.web && !plan.speed ? new StorePoll(hub, seed, clock) : null;
  const timer = setInterval(() => {
    hub.setStatus(status());
    watch.tell(sources());
    void seed.tick();
    const database = store.database;
    if (database !== null) {
      poll?.look(database).catch((error) => log.warn("could not read news", { reason: error }));
    }
  }, STATUS_INTERVAL_MS);
  hub.setStatus(status());
  const server = plan.web ? await openWeb() : null;

  function agentTokens(): AgentTokens {
    return new AgentTokens(
      config.dataDir,
      (reason) => log.error("no agent is let in over HTTP by a token of its own", { reason }),
    );
  }

  async function openWeb(): Promise<RunningServer> {
    const { loadClientAssets } = await import("../assets/client_assets.ts");
    const find = recordFinder(config);
    const app = createApp({
      version: VERSION,
      config: {
        http: config.http,
        token: config.token,
        demo: plan.generator !== null,
        allowedHosts: config.allowedHosts,
      },
      hub,
      database: () => store.database,
      status,
      sources,
      runs: () => archive.runs(),
      setGeneratorRate: (rate) => crew.setGeneratorRate(rate),
      findRecord: ({ origin, reading: { offset }, file }) =>
        find({ origin, offset, version: file }),
      alertRules: rules,
      ...(crew.ingest === null ? {} : { ingest: crew.ingest, agentTokens: tokens }),
      ...(writes ? { upkeep: (work) => upkeep.run(work), controlKey } : {}),
      assets: await loadClientAssets(),
      log,
      clock,
    });
    return startServer(app, { address: config.http, tls: config.tls, clock, log });
  }

  const removeControl = server !== null && writes
    ? writeControl(config.dataDir, { pid: process.pid, url: server.url, key: controlKey })
    : () => {};

  return {
    server,
    status,
    stop: async () => {
      clearInterval(timer);
      removeControl();
      hub.close();
      archive.stop();
      await inTime(async () => {
        await Promise.all([server?.stop(), crew.stop(), upkeep.stop()]);
        await store.stop();
      });
    },
  };
}
