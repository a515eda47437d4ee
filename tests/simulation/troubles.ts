/** What befalls a life: of the disk, the store, the clock on the wall, and where it is killed. */
import type { DiskFaults } from "./disk.ts";
import type { Schedule } from "./schedule.ts";
import type { SimulatedStore } from "./store.ts";

export class Troubles {
  /** The life before was killed between a write to the archive and its sync, and had power. */
  #leftUnsynced = false;

  constructor(private readonly schedule: Schedule, private readonly store: SimulatedStore) {}

  ofDisk(faults: DiskFaults): void {
    const { schedule } = this;
    if (schedule.chance(0.1)) faults.syncsLeft = schedule.between(0, 60);
    if (schedule.chance(0.2)) this.#fill(faults);
    if (schedule.chance(0.3)) {
      faults.operationsLeft = schedule.between(1, schedule.chance(0.5) ? 40 : 300);
    }
    // Orders show best between two writes, and between two syncs: a life's first are recovery's.
    if (this.#leftUnsynced && schedule.chance(0.8)) {
      faults.syncsUntilKill = schedule.between(1, 3);
    } else if (schedule.chance(0.15)) {
      faults.syncsUntilKill = schedule.between(1, 12);
    } else if (schedule.chance(0.4)) {
      faults.writesUntilKill = schedule.between(1, 15);
    }
  }

  /** Whether the power goes with the process. */
  isPowerCut(faults: DiskFaults): boolean {
    const { schedule } = this;
    const isBetweenWrites = faults.writesUntilKill <= 0;
    const isCut = schedule.chance(
      isBetweenWrites ? 0.2 : faults.syncsUntilKill <= 0 ? 0.9 : 0.4,
    );
    this.#leftUnsynced = isBetweenWrites && !isCut;
    return isCut;
  }

  ofStore(): void {
    const { schedule, store } = this;
    const share = () => schedule.chance(0.5) ? 0 : schedule.random.next() * 0.15;
    store.faults = {
      lostBefore: share(),
      lostAfter: share(),
      commitsLate: share(),
      fails: share() / 3,
      latencyMsMax: schedule.chance(0.3) ? 800 : 30,
    };
    store.isAway = schedule.chance(0.25);
    if (!schedule.chance(0.5)) return;
    schedule.after(schedule.random.next() * 4_000, () => {
      store.isAway = !store.isAway;
      schedule.after(schedule.random.next() * 4_000, () => store.isAway = false);
    });
  }

  jumpWall(afterMs: number): void {
    const { schedule } = this;
    schedule.after(afterMs, () => {
      const byMs = schedule.between(-7_200_000, 7_200_000);
      schedule.wallAheadMs += byMs;
      schedule.trace(`wall clock jumps by ${byMs} ms`);
    });
  }

  #fill(faults: DiskFaults): void {
    const { schedule } = this;
    schedule.after(schedule.random.next() * 4_000, () => {
      faults.isFull = true;
      schedule.trace("disk full");
      schedule.after(schedule.random.next() * 5_000, () => {
        faults.isFull = false;
        schedule.trace("disk has room");
      });
    });
  }
}
