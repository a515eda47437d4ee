/**
 * The speed layer: sockets and requests → archive → live picture and hot store. Composes the rooms;
 * owns the order in which they start and stop.
 *
 *   start  recover earlier runs → bring the hot store up to the archive's end → open a run → feed
 *   stop   close the sockets → archive what came → apply it → close the run
 */
import { AlertEngine } from "../../alerts/engine.ts";
import { ArchiveFailedError } from "../../archive/disk_room.ts";
import { openRun, type RunWriter } from "../../archive/run_writer.ts";
import { LIMITS } from "../../limits.ts";
import { LiveFold } from "../../live/fold.ts";
import type { Log } from "../../log.ts";
import { type IngestOutcome, refusedLines } from "../../model/ingest.ts";
import type { ConnectionState, SpeedStatus } from "../../model/status.ts";
import { formatAddress } from "../../runtime/address.ts";
import { AgentTokens } from "../../runtime/agent_tokens.ts";
import { type Clock, delay } from "../../runtime/clock.ts";
import type { FileSystem } from "../../runtime/files.ts";
import type { Random } from "../../runtime/random.ts";
import type { Network } from "../../runtime/sockets.ts";
import type { Zstd } from "../../runtime/zstd.ts";
import { dial } from "../../sources/socket_dial.ts";
import { SocketIntake } from "../../sources/socket_intake.ts";
import type { Listener } from "../../sources/socket_listen.ts";
import { loadOpenAlerts } from "../../store/queries/alerts.ts";
import type { Database } from "../../store/database.ts";
import { StoreWriter } from "../../store/writer.ts";
import type { FromSpeed, SpeedStart } from "../messages.ts";
import { FatalError } from "../worker_host.ts";
import type { RunApplier } from "./applier.ts";
import { BatchCommitter } from "./batch_committer.ts";
import { listenToAgents } from "./agent_listener.ts";
import { archiveUpkeep } from "./archive_upkeep.ts";
import { type EarlierRun, earlierRuns, liveDirectory, partOrigin } from "./archived_runs.ts";
import { applierOf, catchUp, type CatchUpOptions, type CaughtUp } from "./catch_up.ts";
import { Intake } from "./intake.ts";
import { LiveSchemas } from "./live_schemas.ts";
import { type LiveMapping, liveMapping } from "./live_mapping.ts";
import { CounterRates } from "./rates/counter_rates.ts";
import { RequestIntake } from "./request_intake.ts";
import { Scrapers } from "./scrape/scrapers.ts";
import { speedStatus } from "./status.ts";

export interface SpeedTools {
  readonly database: Database;
  readonly files: FileSystem;
  /** Bun's unless given. */
  readonly network?: Network | undefined;
  /** Real unless given. */
  readonly zstd?: Zstd | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  post(message: FromSpeed): void;
  fail(error: unknown): void;
}

/** With the hot store away for this long at start, the feed is taken all the same. */
const STORE_AWAY_MS_MAX = 5_000;
const CATCH_UP_LOOK_MS = 100;
/** At a stop: for the transaction under way once no further one is begun. */
const COMMIT_GRACE_MS = 500;
/** Counts between two reports to the main thread. */
const STATUS_INTERVAL_MS = 250;

export class SpeedLayer {
  readonly #start: SpeedStart;
  readonly #tools: SpeedTools;
  readonly #mapping: LiveMapping;
  readonly #sockets = new AbortController();
  readonly #applying = new AbortController();
  readonly #committer: BatchCommitter;
  readonly #fold: LiveFold;
  readonly #rates = new CounterRates();
  /** The connections to the feed, now and before: lines of the latter may be on their way. */
  #dialledIds: readonly number[] = [];
  readonly #schemas: LiveSchemas;
  readonly #agentTokens: AgentTokens;
  #state: SpeedStatus["state"] = "starting";
  #connection: ConnectionState = "idle";
  #agents = 0;
  #brokenStreams = 0;
  #reconnects = 0;
  #listening: string | null = null;
  #listener: Pick<Listener, "port" | "stop"> | null = null;
  #dialError: string | null = null;
  #archive: RunWriter | null = null;
  #intake: Intake | null = null;
  #applier: RunApplier | null = null;
  #dialling: Promise<void> | null = null;
  #socketIntake: SocketIntake | null = null;
  #requestIntake: RequestIntake | null = null;
  #scrapers: Scrapers | null = null;
  #starting: Promise<void> | null = null;
  #loops: Promise<unknown>[] = [];
  #renewed = new AbortController();

  constructor(start: SpeedStart, tools: SpeedTools) {
    this.#start = start;
    this.#tools = tools;
    this.#mapping = liveMapping(start.sources, start.configFile ?? "configuration");
    this.#fold = new LiveFold(tools.clock.nowMs());
    this.#schemas = this.#liveSchemas();
    this.#agentTokens = new AgentTokens(
      start.dataDir,
      (reason) => tools.log.error("no agent is let in by a token of its own", { reason }),
    );
    this.#committer = new BatchCommitter({
      store: new StoreWriter(tools.database),
      origin: partOrigin,
      rules: start.rules,
      loadOpenAlerts: () => loadOpenAlerts(tools.database),
      clock: tools.clock,
      random: tools.random,
      log: tools.log,
    });
  }

  /** Resolves once lines are taken, or once it was told to stop before that. */
  start(): Promise<void> {
    return this.#starting = this.#begin();
  }

  async #begin(): Promise<void> {
    this.#report();
    this.#loops.push(this.#reportLoop());
    const earlier = await earlierRuns(this.#start.dataDir, this.#tools);
    this.#state = "catching_up";
    const caughtUp = this.#catchUp(earlier);
    await this.#whileStoreAnswers(caughtUp);
    if (this.#sockets.signal.aborted) return;
    await this.#openRun(caughtUp, earlier);
    if (this.#sockets.signal.aborted) return;
    this.#openSockets();
    this.#loops.push(this.#lookLoop());
    this.#loops.push(archiveUpkeep(this.#start, this.#tools, this.#sockets.signal));
    this.#state = "running";
  }

  /** Nothing that was received is lost: what can't be applied now is in the archive. */
  async stop(): Promise<void> {
    const done = new AbortController();
    const patience = delay(this.#tools.clock, LIMITS.stopMsMax / 2, done.signal)
      .then(() => this.#applying.abort());
    this.#sockets.abort();
    await Promise.race([this.#starting?.catch(() => {}), patience]);
    this.#listener?.stop();
    await this.#dialling;
    // A full disk takes nothing: what came since is in nobody's promise.
    await Promise.race([this.#socketIntake?.idle(), patience]);
    this.#applier?.drain();
    // A commit under way may take longer: the checkpoint will say whether it was in time.
    const late = patience.then(() => delay(this.#tools.clock, COMMIT_GRACE_MS, done.signal));
    await Promise.race([Promise.allSettled(this.#loops), late]);
    done.abort();
    await patience;
    await this.#archive?.close();
    this.#state = "stopped";
    this.#report();
  }

  /** Lines of one HTTP request; resolves once they are archived, or with the reason why not. */
  ingest(lines: Uint8Array): Promise<IngestOutcome> {
    if (this.#requestIntake !== null) return this.#requestIntake.take(lines);
    const reason = this.#sockets.signal.aborted ? "stopping" : "starting";
    return Promise.resolve(refusedLines(reason, false));
  }

  /** The store may have lost what was applied last, or all of it: its checkpoints are read anew. */
  storeRenewed(): void {
    this.#renewed.abort();
  }

  #catchUpOptions(): CatchUpOptions {
    return {
      dataDir: this.#start.dataDir,
      committer: this.#committer,
      normalise: this.#mapping.normalise,
      tools: this.#tools,
    };
  }

  /** What earlier lines show of schemas is of their time: it is not mixed with what comes now. */
  #catchUp(earlier: readonly EarlierRun[]): Promise<CaughtUp> {
    const schemas = this.#liveSchemas();
    return catchUp(earlier, { ...this.#catchUpOptions(), schemas }, this.#applying.signal);
  }

  #liveSchemas(): LiveSchemas {
    const { database, log } = this.#tools;
    return new LiveSchemas({ database, mapping: this.#mapping, log });
  }

  async #openRun(caughtUp: Promise<unknown>, earlier: readonly EarlierRun[]): Promise<void> {
    const { clock, files, log } = this.#tools;
    const archive = await openRun({
      directory: liveDirectory(this.#start.dataDir),
      startedAtMs: clock.nowMs(),
      files,
      clock,
      log,
      about: {
        version: this.#start.version,
        sources: this.#sources(),
        mappings: this.#mapping.versions,
      },
    });
    const applier = applierOf(
      this.#catchUpOptions(),
      archive.runId,
      { part: 0, offset: 0 },
      (isUnderPressure) => this.#socketIntake?.hold(isUnderPressure),
    );
    const alerts = new AlertEngine(this.#start.rules);
    // The live picture goes on from the alerts that earlier runs left open, once they are applied.
    const ready = caughtUp
      .then(() => loadOpenAlerts(this.#tools.database))
      .then((open) => alerts.load(open))
      .catch((error) => log.warn("open alerts could not be read", { reason: String(error) }));
    this.#archive = archive;
    this.#applier = applier;
    this.#intake = new Intake({
      archive,
      normalise: this.#mapping.normalise,
      fold: this.#fold,
      alerts,
      applier,
      rates: this.#rates,
      isDialled: (id) => this.#dialledIds.includes(id),
      sights: this.#schemas,
    });
    this.#loops.push(
      caughtUp.then(() => this.#apply(applier, earlier)).catch((error) => this.#tools.fail(error)),
    );
    // The first run of all has no past to wait for.
    if (earlier.length > 0) await this.#whileStoreAnswers(ready);
  }

  /** Until it is drained; after each renewal of the store earlier runs have their turn first. */
  async #apply(applier: RunApplier, earlier: readonly EarlierRun[]): Promise<void> {
    const { signal } = this.#applying;
    while (!signal.aborted) {
      const renewed = this.#renewed.signal;
      if (renewed.aborted) {
        this.#renewed = new AbortController();
        await this.#catchUp(earlier);
        continue;
      }
      await applier.run(AbortSignal.any([signal, renewed]));
      if (!renewed.aborted) return;
    }
  }

  /** Until it is done; not while the store is away, nor beyond LIMITS.catchUpMsMax. */
  async #whileStoreAnswers(done: Promise<unknown>): Promise<void> {
    const { clock } = this.#tools;
    const { signal } = this.#sockets;
    let isDone = false;
    const finished = done.finally(() => isDone = true);
    let awayMs = 0;
    let waitedMs = 0;
    while (!isDone && !signal.aborted && awayMs < STORE_AWAY_MS_MAX) {
      await Promise.race([finished, delay(clock, CATCH_UP_LOOK_MS, signal)]);
      awayMs = this.#committer.lastError === null ? 0 : awayMs + CATCH_UP_LOOK_MS;
      waitedMs += CATCH_UP_LOOK_MS;
      if (waitedMs >= LIMITS.catchUpMsMax) return;
    }
  }

  #sources(): string[] {
    const { feed, listen: listenAddress, tls } = this.#start;
    return [
      ...(feed === null ? [] : [`dialled tcp://${formatAddress(feed)}`]),
      ...(listenAddress === null
        ? []
        : [`listening on ${tls ? "tls" : "tcp"}://${formatAddress(listenAddress)}`]),
    ];
  }

  #openSockets(): void {
    const { feed, listen: address, token, tls = null } = this.#start;
    const { network, clock, random, log } = this.#tools;
    const intake = this.#socketIntake = new SocketIntake({
      onBlock: (block, connectionId, stream) => this.#intake!.accept(block, connectionId, stream),
      onFailure: (error) => this.#archiveFailed(error),
      log,
    });
    this.#requestIntake = new RequestIntake(intake, {
      isDiskFull: () => this.#archive?.state === "full",
      stopping: this.#sockets.signal,
    });
    this.#scrapers = new Scrapers({
      tables: { scrapes: this.#start.scrapes ?? [], redfish: this.#start.redfish ?? [] },
      where: this.#start.configFile ?? "configuration",
      mapping: this.#mapping,
      archive: (lines) => this.#requestIntake!.take(lines),
      isHeld: () => intake.paused || this.#archive?.state === "full",
      clock,
      random,
      log,
    });
    this.#loops.push(this.#scrapers.run(this.#sockets.signal));
    if (feed !== null) {
      this.#dialling = dial({
        address: `tcp://${formatAddress(feed)}`,
        intake: {
          connect: (socket, options) => {
            const connection = intake.connect(socket, options);
            this.#dialledIds = [connection.id, ...this.#dialledIds.slice(0, 1)];
            return connection;
          },
        },
        onState: ({ state, reconnects, lastError }) => {
          this.#connection = state;
          this.#reconnects = reconnects;
          this.#dialError = state === "connected" ? null : lastError;
        },
        network,
        clock,
        random,
        log,
        signal: this.#sockets.signal,
      });
    }
    if (address === null) return;
    this.#listener = listenToAgents(tls, {
      ...address,
      token,
      agentTokens: this.#agentTokens,
      hear: (name) => this.#agentTokens.hear(name, clock.nowMs()),
      intake,
      streamLines: (stream) => this.#archive?.streamLines(stream) ?? 0,
      onConnections: (count) => this.#agents = count,
      onBrokenStream: () => this.#brokenStreams++,
      network,
      clock,
      log,
    });
    this.#listening = formatAddress({ hostname: address.hostname, port: this.#listener.port });
    if (feed === null) this.#connection = "listening";
    log.info("listening for agents", { address: this.#listening, tls: tls !== null });
  }

  /** Without an archive nothing may be accepted: the process ends, a restart recovers. */
  #archiveFailed(error: unknown): void {
    if (this.#sockets.signal.aborted) return;
    const code = error instanceof ArchiveFailedError ? 74 : 1;
    this.#tools.fail(
      new FatalError(`The archive can't be written: ${(error as Error).message}`, code, {
        cause: error,
      }),
    );
  }

  async #reportLoop(): Promise<void> {
    let nextStatusMs = 0;
    while (!this.#sockets.signal.aborted) {
      await delay(this.#tools.clock, LIMITS.foldIntervalMs, this.#sockets.signal);
      const delta = this.#fold.take(this.#tools.clock.nowMs());
      if (delta !== null) this.#tools.post({ type: "delta", delta });
      if (this.#tools.clock.monotonicMs() >= nextStatusMs) {
        nextStatusMs = this.#tools.clock.monotonicMs() + STATUS_INTERVAL_MS;
        this.#report();
      }
    }
  }

  /** What schemas have changed, a second at a time, and once more at the end. */
  async #lookLoop(): Promise<void> {
    const { clock } = this.#tools;
    const { signal } = this.#sockets;
    while (!signal.aborted) {
      await delay(clock, LIMITS.schemaLookMs, signal);
      if (!signal.aborted) await this.#schemas.look(clock.nowMs());
    }
    await this.#dialling;
    await this.#socketIntake?.idle();
    await this.#schemas.look(clock.nowMs(), true);
  }

  #report(): void {
    this.#tools.post({
      type: "status",
      status: speedStatus({
        state: this.#state === "running" && this.#archive?.state === "full"
          ? "paused"
          : this.#state,
        connection: this.#connection,
        agents: this.#agents,
        brokenStreams: this.#brokenStreams,
        reconnects: this.#reconnects,
        scrapes: this.#scrapers?.status ?? [],
        sources: this.#schemas.traffic,
        feed: this.#start.feed,
        listening: this.#listening === null
          ? null
          : `${this.#start.tls ? "tls" : "tcp"}://${this.#listening}`,
        archive: this.#archive,
        intake: this.#intake,
        applier: this.#applier,
        committer: this.#committer,
        rates: this.#rates,
        dialError: this.#dialError,
        nowMs: this.#tools.clock.nowMs(),
      }),
      storeError: this.#committer.lastError,
      agentsHeard: this.#agentTokens.heard,
    });
  }
}
