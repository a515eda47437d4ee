/** What a benchmark is asked for. Null: the benchmark's own size, the one that README speaks of. */
import { UsageError } from "../cli.ts";
import type { Log } from "../log.ts";

export interface BenchOptions {
  readonly rows: number | null;
  readonly seconds: number | null;
  readonly runs: number | null;
  /** Hosts over all regions. */
  readonly hosts: number | null;
  readonly clients: number | null;
  /** Lines a second. */
  readonly rate: number | null;
  /** Where `curves` draws. */
  readonly out: string;
  /** The embedded store is measured, even where a PostgreSQL is named. */
  readonly embedded: boolean;
  /** A PostgreSQL on which databases may be made: the store to measure, the peer, or both. */
  readonly databaseUrl: string | null;
  readonly log: Log;
}

export type Bench<Result> = (options: BenchOptions) => Promise<Result>;

/** Where the store under measurement lies; null: embedded. */
export function storeServer(options: BenchOptions): string | null {
  return options.embedded ? null : options.databaseUrl;
}

/** @throws {UsageError} where the peer has no PostgreSQL. */
export function peerServer(bench: string, options: BenchOptions): string {
  if (options.databaseUrl !== null) return options.databaseUrl;
  throw new UsageError(`bench ${bench} needs a PostgreSQL: set DATABASE_URL or --database-url`);
}
