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
import type { IngestOutcome } from "../../model/ingest.ts";
import type { SpeedStatus } from "../../model/status.ts";
import { type Clock, delay } from "../../runtime/clock.ts";
import type { FileSystem } from "../../runtime/files.ts";
import type { Random } from "../../runtime/random.ts";
import type { Network } from "../../runtime/sockets.ts";
import type { Zstd } from "../../runtime/zstd.ts";
import { loadOpenAlerts } from "../../store/queries/alerts.ts";
import type { Database } from "../../store/database.ts";
import { StoreWriter } from "../../store/writer.ts";
import type { FromSpeed, SpeedStart } from "../messages.ts";
import { FatalError } from "../worker_host.ts";
import type { RunApplier } from "./applier.ts";
import { BatchCommitter } from "./batch_committer.ts";
import { archiveUpkeep } from "./archive_upkeep.ts";
import { type EarlierRun, earlierRuns, liveDirectory, partOrigin } from "./archived_runs.ts";
import { applierOf, catchUp, type CatchUpOptions, type CaughtUp } from "./catch_up.ts";
import { Intake } from "./intake.ts";
import { LiveSchemas } from "./live_schemas.ts";
import { type LiveMapping, liveMapping } from "./live_mapping.ts";
import { CounterRates } from "./rates/counter_rates.ts";
import { speedStatus } from "./status.ts";
import { WaysIn } from "./ways_in.ts";

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
  readonly #schemas: LiveSchemas;
  readonly #waysIn: WaysIn;
  #state: SpeedStatus["state"] = "starting";
  #archive: RunWriter | null = null;
  #intake: Intake | null = null;
  #applier: RunApplier | null = null;
  #starting: Promise<void> | null = null;
  #loops: Promise<unknown>[] = [];
  #renewed = new AbortController();

  constructor(start: SpeedStart, tools: SpeedTools) {
    this.#start = start;
    this.#tools = tools;
    this.#mapping = liveMapping(start.sources, start.configFile ?? "configuration");
    this.#fold = new LiveFold(tools.clock.nowMs());
    this.#schemas = this.#liveSchemas();
    this.#waysIn = new WaysIn({
      start,
      tools,
      mapping: this.#mapping,
      onBlock: (block, connectionId, stream) => this.#intake!.accept(block, connectionId, stream),
      onFailure: (error) => this.#archiveFailed(error),
      archive: () => this.#archive,
      stopping: this.#sockets.signal,
    });
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
    this.#loops.push(this.#waysIn.open(), this.#lookLoop());
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
    // A full disk takes nothing: what came since is in nobody's promise.
    await Promise.race([this.#waysIn.close(), patience]);
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
    return this.#waysIn.ingest(lines);
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
        sources: this.#waysIn.sources,
        mappings: this.#mapping.versions,
      },
    });
    const applier = applierOf(
      this.#catchUpOptions(),
      archive.runId,
      { part: 0, offset: 0 },
      (isUnderPressure) => this.#waysIn.hold(isUnderPressure),
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
      isDialled: (id) => this.#waysIn.isDialled(id),
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
    await this.#waysIn.close();
    await this.#schemas.look(clock.nowMs(), true);
  }

  #report(): void {
    this.#tools.post({
      type: "status",
      status: speedStatus({
        state: this.#state === "running" && this.#archive?.state === "full"
          ? "paused"
          : this.#state,
        ...this.#waysIn.status,
        sources: this.#schemas.traffic,
        feed: this.#start.feed,
        archive: this.#archive,
        intake: this.#intake,
        applier: this.#applier,
        committer: this.#committer,
        rates: this.#rates,
        nowMs: this.#tools.clock.nowMs(),
      }),
      storeError: this.#committer.lastError,
      agentsHeard: this.#waysIn.agentsHeard,
    });
  }
}
