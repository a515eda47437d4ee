/**
 * A whole world from one seed: senders that never rest, a disk, a hot store, a network, and one life
 * of the speed layer after another, each with faults of its own and an end of its own. The last life
 * is calm: everything works, and what is missing is caught up with. Then the checks.
 */
import type { Retention } from "../../src/config.ts";
import { LIMITS } from "../../src/limits.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { liveDirectory } from "../../src/workers/speed/archived_runs.ts";
import { SimulatedDisk } from "../archive/support/simulated_disk.ts";
import { type Ended, findFaults, type Flip } from "./checks.ts";
import { DeletedParts } from "./deleted.ts";
import { type DiskDefence, DiskFaults } from "./disk.ts";
import { flipSomeBit } from "./flip.ts";
import { History } from "./history.ts";
import { Written } from "./written.ts";
import { Troubles } from "./troubles.ts";
import { DATA_DIR, Life } from "./life.ts";
import { SimulatedNetwork } from "./network.ts";
import { Schedule } from "./schedule.ts";
import { Agent, Feed, type Sent } from "./senders.ts";
import { smallLimits, someRetention } from "./settings.ts";
import { CALM_STORE, SimulatedStore } from "./store.ts";

export interface WorldOptions {
  /** Defences to take out, for the simulation's own test. */
  readonly without?: DiskDefence | "checkpoint" | undefined;
  readonly onTrace?: (line: string) => void;
}

export interface WorldResult {
  readonly seed: number;
  /** Every check that failed; empty where all went well. */
  readonly faults: readonly string[];
  /** The same for the same seed. */
  readonly traceHash: string;
  readonly lives: number;
  readonly events: number;
  readonly lines: number;
  readonly rows: number;
}

/** Runs the world of a seed. One at a time: it puts its own bounds in place of the program's. */
export async function runWorld(seed: number, options: WorldOptions = {}): Promise<WorldResult> {
  const usual = { ...LIMITS };
  const world = new World(seed, options);
  Object.assign(LIMITS, smallLimits(world.schedule));
  try {
    return await world.run(seed);
  } finally {
    Object.assign(LIMITS, usual);
  }
}

class World {
  readonly schedule: Schedule;
  readonly disk = new SimulatedDisk();
  readonly store: SimulatedStore;
  readonly network: SimulatedNetwork;
  readonly archivedBytes = new Map<string, number>();
  readonly retention: Retention;
  readonly historySources: readonly unknown[];
  diskFaults = new DiskFaults();
  readonly #history: History;
  readonly #deleted: DeletedParts;
  readonly #troubles: Troubles;
  readonly #sent = new Map<string, Sent>();
  readonly #written = new Written(this.disk);
  readonly #faults: string[] = [];
  readonly #runIds: string[] = [];
  readonly #flips: Flip[] = [];
  readonly #agents: Agent[] = [];
  readonly #feed: Feed;
  #status: Ended["status"] = null;
  #lives = 0;

  constructor(seed: number, private readonly options: WorldOptions) {
    const schedule = this.schedule = new Schedule(seededRandom(seed));
    schedule.onTrace = options.onTrace ?? null;
    this.store = new SimulatedStore(schedule);
    this.store.ignoresCheckpoints = options.without === "checkpoint";
    this.#troubles = new Troubles(schedule, this.store);
    this.retention = someRetention(schedule);
    this.#deleted = new DeletedParts(this.disk, this.store, this.#faults);
    this.network = new SimulatedNetwork(schedule);
    const { network } = this;
    const tools = { schedule, network, sent: this.#sent, faultsFound: this.#faults };
    for (let count = schedule.between(1, 5); count > 0; count--) {
      const kind = (["plain", "acked", "stream"] as const)[schedule.between(0, 2)]!;
      const name = `${kind[0]}${count}`;
      this.#agents.push(new Agent(tools, name, kind, schedule.between(5, 60)));
    }
    this.disk.nowMs = () => schedule.nowMs + schedule.wallAheadMs;
    this.#history = new History(this, this.#faults);
    this.historySources = this.#history.sources;
    this.#feed = new Feed(tools, schedule.chance(0.7) ? schedule.between(5, 80) : 0);
  }

  async run(seed: number): Promise<WorldResult> {
    // Who replays a seed wants to know it, whatever went wrong.
    await this.#live().catch((error) => this.#faults.push(`broke: ${(error as Error).stack}`));
    return {
      seed,
      faults: this.#faults,
      traceHash: this.schedule.traceHash.toString(16),
      lives: this.#lives,
      events: this.schedule.events,
      lines: [...this.#sent.values()].reduce((sum, one) => sum + one.lines.length, 0),
      rows: this.store.rows.size,
    };
  }

  async #live(): Promise<void> {
    await this.disk.makeDirectory(DATA_DIR);
    await this.disk.syncDirectory("/");
    await this.#history.begin();
    for (let lives = this.schedule.between(0, 5); lives > 0; lives--) await this.#troubledLife();
    await this.#calmLife();
    await this.#history.end(this.#newFaults());
    this.#faults.push(
      ...this.store.faultsFound,
      ...await findFaults({
        disk: this.disk,
        store: this.store,
        sent: this.#sent,
        runIds: this.#runIds,
        archivedBytes: this.archivedBytes,
        writtenBytes: this.#written.bytes,
        flips: this.#flips,
        deleted: this.#deleted,
        status: this.#status,
      }),
    );
  }

  async #troubledLife(): Promise<void> {
    const { schedule } = this;
    const faults = this.#newFaults();
    this.#troubles.ofDisk(faults);
    this.#troubles.ofStore();
    if (schedule.chance(0.3)) this.#troubles.jumpWall(schedule.random.next() * 4_000);
    const life = this.#begin();
    const lifeMs = schedule.between(0, [40, 300, 9_000, 9_000, 9_000][schedule.between(0, 4)]!);
    const isOver = () => life.failure !== null || faults.operationsLeft <= 0;
    await schedule.runUntil(isOver, lifeMs);
    await this.#end(life);
    await this.#noteRuns();
    // What is damaged must be named to the end: in a world where nothing is deleted.
    if (schedule.chance(0.08) && !this.#deletes) {
      await flipSomeBit(this.disk, this.schedule, this.#flips);
    }
    if (schedule.chance(0.2)) this.#troubles.jumpWall(0);
    await schedule.runUntil(() => false, schedule.random.next() * 3_000);
  }

  get #deletes(): boolean {
    const { daysMax, bytesMax } = this.retention.live;
    return daysMax !== null || bytesMax !== null;
  }

  async #end(life: Life): Promise<void> {
    const { schedule } = this;
    const { hasFailed, wasFull } = this.diskFaults;
    const isKilledAtDisk = this.diskFaults.operationsLeft <= 0;
    const isPowerCut = this.#troubles.isPowerCut(this.diskFaults);
    if (life.failure !== null) {
      schedule.trace(`failed: ${String(life.failure)}`);
      if (!hasFailed && !wasFull) this.#faults.push(`failed for no reason: ${life.failure}`);
    } else if (!isKilledAtDisk && schedule.chance(0.4)) {
      schedule.trace("stop");
      const patienceMs = schedule.chance(0.2) ? schedule.between(0, 1_000) : LIMITS.stopMsMax + 1;
      const inTime = await life.stop(patienceMs);
      if (!inTime && patienceMs > LIMITS.stopMsMax && !this.diskFaults.wasFull) {
        this.#faults.push(`stop: not done after ${LIMITS.stopMsMax} ms`);
      }
    }
    life.kill();
    // What it had asked of the outside happens, or doesn't, before the power goes.
    await schedule.runUntil(() => false, 0);
    if (isPowerCut) {
      await this.#written.beforeLoss();
      this.disk.restore(schedule.random);
    } else if (hasFailed && schedule.chance(0.5)) {
      await this.#written.beforeLoss();
      this.disk.evict();
      schedule.trace("evicted");
    } else if (this.#flips.length === 0) {
      await this.#written.afterKill(!this.diskFaults.wasFull);
    }
    schedule.trace(isPowerCut ? "power cut" : "gone");
  }

  async #calmLife(): Promise<void> {
    const { schedule } = this;
    const begun = schedule.chance(0.5) ? await this.#survivor() : null;
    this.diskFaults.isFull = false;
    if (begun === null) this.#newFaults();
    this.store.isAway = false;
    this.store.faults = CALM_STORE;
    for (const agent of this.#agents) agent.isCalm = true;
    this.#feed.isCalm = true;
    this.#history.calm();
    const life = begun ?? this.#begin();
    const isDone = () =>
      this.#agents.every((agent) => agent.isDone) &&
      this.#history.isWritten;
    const allSaid = await schedule.runUntil(() => isDone() || life.failure !== null, 300_000);
    if (!allSaid) this.#faults.push("calm: the senders did not get all said in 5 minutes");
    await schedule.runUntil(() => life.failure !== null, 15_000);
    this.#status = life.status;
    this.#history.status = life.batchStatus;
    if (!await life.stop(LIMITS.stopMsMax)) this.#faults.push("calm: it did not stop in time");
    if (life.failure !== null) this.#faults.push(`calm: failed: ${life.failure}`);
    await this.#noteRuns();
  }

  /** A life that sees trouble with the store, and then lives on in calm. */
  async #survivor(): Promise<Life> {
    const { schedule } = this;
    this.#newFaults();
    this.#troubles.ofStore();
    const life = this.#begin();
    await schedule.runUntil(() => false, schedule.between(8_000, 15_000));
    return life;
  }

  #begin(): Life {
    this.#lives++;
    this.schedule.trace("life begins");
    return new Life(this);
  }

  #newFaults(): DiskFaults {
    const faults = this.diskFaults = new DiskFaults();
    faults.beforeRemoval = (path) => this.#deleted.beforeRemoval(path);
    const { without } = this.options;
    if (without !== undefined && without !== "checkpoint") faults.without = without;
    faults.latencyMsMax = this.schedule.chance(0.2) ? 60 : 2;
    return faults;
  }

  /** Runs in the order of their beginning, whatever the wall clock said. */
  async #noteRuns(): Promise<void> {
    for (const runId of await this.disk.list(liveDirectory(DATA_DIR))) {
      if (!this.#runIds.includes(runId)) this.#runIds.push(runId);
    }
  }
}
