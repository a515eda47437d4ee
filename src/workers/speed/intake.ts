/**
 * From a socket's block to the live picture: archive first, then values, then the fold, the alerts
 * and the applier's queue. Everything after the archive's word is synchronous, so that blocks pass
 * on in the archive's order. The hot store is not waited for.
 *
 * Counters among the values may have told a rate: it is archived as lines of their own, on the
 * connection 0, which is nobody's, and passes on like all others. The sender's block is done once
 * those are durable as well.
 */
import type { AlertEngine } from "../../alerts/engine.ts";
import type { RunWriter } from "../../archive/run_writer.ts";
import type { LiveFold } from "../../live/fold.ts";
import type { LineBlock } from "../../model/line_block.ts";
import { FLAG_FUTURE, FLAG_LATE } from "../../model/reading.ts";
import type { Fields } from "../../model/record.ts";
import type { StreamLines } from "../../model/stream.ts";
import type { RunApplier } from "./applier.ts";
import { IgnoredNames } from "./ignored_names.ts";
import type { LineSights } from "./line_sights.ts";
import { type Normalise, normaliseBlock } from "./normalise_block.ts";
import type { NormalisedBlock } from "./pending_batch.ts";
import type { CounterRates } from "./rates/counter_rates.ts";
import { blocksOf } from "./rates/rate_blocks.ts";

export interface IntakeOptions {
  readonly archive: RunWriter;
  readonly normalise: Normalise;
  readonly fold: LiveFold;
  /** The live picture's own engine: it runs ahead of the store's by what is not committed yet. */
  readonly alerts: AlertEngine;
  readonly applier: RunApplier;
  readonly rates: CounterRates;
  /** Whose lines are taken as they are: a dialled feed may be a replay, which holds the rates. */
  readonly isDialled: (connectionId: number) => boolean;
  /** Watches what comes by. */
  readonly sights?: LineSights;
}

const OWN_CONNECTION = 0;

export interface IntakeCounters {
  receivedLines: number;
  receivedBytes: number;
  blankLines: number;
  ignoredRecords: number;
  archivedLines: number;
  archivedBytes: number;
  lateRows: number;
  futureRows: number;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly ignoredNames = new IgnoredNames();
  readonly counters: IntakeCounters = {
    receivedLines: 0,
    receivedBytes: 0,
    blankLines: 0,
    ignoredRecords: 0,
    archivedLines: 0,
    archivedBytes: 0,
    lateRows: 0,
    futureRows: 0,
  };

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** By the live picture's own engine. */
  get alertsNotOpened(): number {
    return this.#options.alerts.notOpened;
  }

  /** Resolves once the block is durable and part of the live picture. */
  async accept(block: LineBlock, connectionId: number, stream?: StreamLines): Promise<void> {
    const { archive, normalise, rates, isDialled, sights } = this.#options;
    this.counters.receivedBytes += block.bytes.length;
    const appended = await archive.append(block, connectionId, stream);
    this.counters.archivedBytes += block.bytes.length;
    const isTaken = connectionId !== OWN_CONNECTION && !isDialled(connectionId);
    const ignored = (fields: Fields) => {
      this.ignoredNames.count(fields);
      if (isTaken) rates.observe(fields, appended.arrivalMs);
    };
    const placed = { ...appended, block, runId: archive.runId, connection: connectionId };
    for (const slice of normaliseBlock(placed, normalise, { ignored, sights })) {
      if (isTaken && rates.size > 0) {
        for (const reading of slice.readings) rates.told(reading, appended.arrivalMs);
      }
      this.#take(slice);
    }
    const own = blocksOf(rates.takeLines());
    await Promise.all(own.map((rateBlock) => this.accept(rateBlock, OWN_CONNECTION)));
  }

  #take(slice: NormalisedBlock): void {
    const { fold, alerts, applier } = this.#options;
    this.counters.receivedLines += slice.lines;
    this.counters.archivedLines += slice.lines;
    this.counters.blankLines += slice.blank;
    this.counters.ignoredRecords += slice.ignored;
    for (const reading of slice.readings) {
      if (reading.flags !== 0) {
        if ((reading.flags & FLAG_LATE) !== 0) this.counters.lateRows++;
        if ((reading.flags & FLAG_FUTURE) !== 0) this.counters.futureRows++;
      }
      fold.add(reading);
      const changes = alerts.judge(reading);
      if (changes.length > 0) fold.addAlerts(changes);
    }
    applier.offer(slice);
  }
}
