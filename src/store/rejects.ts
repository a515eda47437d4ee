/**
 * Finds the rows a database refuses, by halving: a set that goes in is fine, one that does not is
 * split until the row stands alone. Probes are rolled back, so nothing is written here. One bad row
 * among n costs about 2·log₂ n probes: 30 for a batch of 20,000.
 */
import { type Reading, readingToJson } from "../model/reading.ts";
import { FINEST_TIERS } from "../model/rollup.ts";
import type { DeadLetter } from "../model/record.ts";
import { LIMITS } from "../limits.ts";
import { insertChunks } from "./chunks.ts";
import { type Database, StoreError } from "./database.ts";
import type { HostKeys } from "./host_keys.ts";
import { SQL_STATE_PROBE_DONE } from "./store_errors.ts";

export interface CommitResult {
  readonly rows: number;
  /** Readings the database refused, now dead letters. */
  readonly rejected: readonly DeadLetter[];
}

/**
 * Commits all readings, or, where the database refuses some, the others with dead letters in place
 * of those. `commit` must be one transaction: it is called a second time after it was refused.
 */
export async function commitAccepted(
  database: Database,
  hosts: HostKeys,
  readings: readonly Reading[],
  commit: (accepted: readonly Reading[], rejected: readonly DeadLetter[]) => Promise<void>,
): Promise<CommitResult> {
  try {
    await commit(readings, []);
    return { rows: readings.length, rejected: [] };
  } catch (error) {
    if (!(error instanceof StoreError) || !isRowRefusal(error)) throw error;
    const { accepted, rejected } = await findRejects(database, hosts, readings);
    if (rejected.length === 0) throw error;
    await commit(accepted, rejected);
    return { rows: accepted.length, rejected };
  }
}

interface Sorted {
  readonly accepted: readonly Reading[];
  readonly rejected: readonly DeadLetter[];
}

async function findRejects(
  database: Database,
  hosts: HostKeys,
  readings: readonly Reading[],
): Promise<Sorted> {
  const accepted: Reading[] = [];
  const rejected: DeadLetter[] = [];
  const sort = async (some: readonly Reading[]) => {
    const refusal = await probe(database, hosts, some);
    if (refusal === null) {
      for (const reading of some) accepted.push(reading);
    } else if (some.length === 1) {
      rejected.push(deadLetter(some[0]!, refusal));
    } else {
      const half = some.length >> 1;
      await sort(some.slice(0, half));
      await sort(some.slice(half));
    }
  };
  if (readings.length > 0) await sort(readings);
  return { accepted, rejected };
}

async function probe(
  database: Database,
  hosts: HostKeys,
  readings: readonly Reading[],
): Promise<StoreError | null> {
  try {
    await hosts.resolve(readings);
    await database.transact([
      insertChunks("chunks", 0, { readings, tiers: FINEST_TIERS }, hosts),
      { text: "select rackwatch.roll_back()" },
    ]);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.sqlState === SQL_STATE_PROBE_DONE) return null;
    if (isRowRefusal(error)) return error;
    throw error;
  }
  throw new StoreError("failed", "A probe of the hot store was not rolled back");
}

function isRowRefusal(error: StoreError): boolean {
  return error.code === "rejected";
}

function deadLetter(reading: Reading, refusal: StoreError): DeadLetter {
  const reason = refusal.cause instanceof Error ? refusal.cause.message : refusal.message;
  return {
    kind: "dead_letter",
    offset: reading.offset,
    code: "store_rejected",
    detail: `the database refused the row: ${reason} (SQLSTATE ${refusal.sqlState})`,
    raw: describe(reading).slice(0, LIMITS.deadLetterRawBytesMax),
  };
}

function describe(reading: Reading): string {
  try {
    return JSON.stringify(readingToJson(reading));
  } catch {
    // A time no Date can hold.
    return JSON.stringify(reading);
  }
}
