/**
 * Alerts of what goes into the hot store, judged in the order of the archive. Goes on from the
 * alerts that the store has open; whoever finds out that the store is elsewhere forgets, and they
 * are read anew.
 */
import { AlertEngine } from "../../alerts/engine.ts";
import type { Alert, AlertChange, AlertRule } from "../../model/alert.ts";
import type { Reading } from "../../model/reading.ts";

export interface JudgedReadings {
  readonly changes: readonly AlertChange[];
  /** Worth something as long as nothing was forgotten. */
  readonly engine: AlertEngine;
}

export class BatchAlerts {
  #engine: AlertEngine | null = null;

  constructor(
    private readonly rules: readonly AlertRule[],
    private readonly loadOpenAlerts: () => Promise<readonly Alert[]>,
  ) {}

  /** @throws {StoreError} where open alerts can't be read. */
  async judge(readings: readonly Reading[]): Promise<readonly AlertChange[]> {
    if (this.#engine !== null) return judged(this.#engine, readings);
    const engine = new AlertEngine(this.rules);
    // Alerts of rules that are configured no more are closed with this batch.
    const changes = [...engine.load(await this.loadOpenAlerts())];
    this.#engine = engine;
    changes.push(...judged(engine, readings));
    return changes;
  }

  /** Without asking the store; null where it must be asked. */
  judgeAhead(readings: readonly Reading[]): JudgedReadings | null {
    const engine = this.#engine;
    return engine === null ? null : { changes: judged(engine, readings), engine };
  }

  /** What was judged ahead; null where it holds no more. */
  stillOf(judged: JudgedReadings | null): readonly AlertChange[] | null {
    return judged?.engine === this.#engine ? judged?.changes ?? null : null;
  }

  /** The store is not where it was thought to be. */
  forget(): void {
    this.#engine = null;
  }
}

function judged(engine: AlertEngine, readings: readonly Reading[]): AlertChange[] {
  const changes: AlertChange[] = [];
  for (const reading of readings) {
    const found = engine.judge(reading);
    if (found.length > 0) changes.push(...found);
  }
  return changes;
}
