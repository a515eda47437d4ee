/**
 * Changed alerts that wait for the next delta, one entry an alert: an alert that opened and
 * escalated in between is told once, as opened, in its newest state. Bounded: as long as more wait
 * than fit into a delta, an alert that opened and closed untold is left out (the store has it), so
 * no more can wait than are open here plus known there, and both have limits.
 */
import type { AlertChange } from "../model/alert.ts";
import { LIMITS } from "../limits.ts";

export class AlertBacklog {
  readonly #waiting = new Map<string, AlertChange>();

  get size(): number {
    return this.#waiting.size;
  }

  add(change: AlertChange): void {
    const { id } = change.alert;
    const before = this.#waiting.get(id);
    if (before?.kind !== "opened") {
      this.#waiting.set(id, change);
    } else if (change.kind !== "closed") {
      this.#waiting.set(id, { kind: "opened", alert: change.alert });
    } else if (this.#waiting.size > LIMITS.liveAlertsPerDeltaMax) {
      this.#waiting.delete(id);
    } else {
      this.#waiting.set(id, change);
    }
  }

  /** The first `countMax`, in the order in which their alerts first changed. */
  take(countMax: number): AlertChange[] {
    const changes: AlertChange[] = [];
    for (const [id, change] of this.#waiting) {
      if (changes.length >= countMax) break;
      changes.push(change);
      this.#waiting.delete(id);
    }
    return changes;
  }
}
