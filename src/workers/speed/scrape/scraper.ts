/**
 * One target, asked every so often, whatever it speaks: its lines → the archive, and whether it is
 * up → the status. A target that fails is asked less often, up to eight times the interval. While the
 * archive takes nothing, targets are left alone, and that is counted: it is no fault of theirs.
 */
import { LIMITS } from "../../../limits.ts";
import type { Log } from "../../../log.ts";
import type { IngestOutcome } from "../../../model/ingest.ts";
import type { ScrapedSensor, ScrapeStatus } from "../../../model/status.ts";
import { type Clock, delay } from "../../../runtime/clock.ts";
import type { Random } from "../../../runtime/random.ts";

/** What a target told. */
export interface Scraped {
  readonly lines: readonly string[];
  readonly series: number;
  readonly sensors: readonly ScrapedSensor[];
}

/** A target, and how it is asked. */
export interface ScrapeSource {
  readonly kind: ScrapeStatus["kind"];
  /** Names it in status, log and metrics: without a secret. */
  readonly url: string;
  readonly everyMs: number;
  readonly insecureTls: boolean;
  readonly tokenInClear: boolean;
  /** @throws {Error} for who operates it, without a secret. */
  scrape(atMs: number, stopping: AbortSignal): Promise<Scraped>;
  /** A scrape failed: what was kept of earlier ones may not hold any more. */
  forget(): void;
}

export interface ScraperOptions {
  readonly source: ScrapeSource;
  /** Resolves once the lines are on the disk, or with why not. */
  readonly archive: (lines: Uint8Array) => Promise<IngestOutcome>;
  /** Whether the archive takes nothing for the moment. */
  readonly isHeld: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const BACKOFF_MAX = 8;
const NOTHING: Scraped = { lines: [], series: 0, sensors: [] };

export class Scraper {
  readonly #options: ScraperOptions;
  #failures = 0;
  #status: ScrapeStatus;

  constructor(options: ScraperOptions) {
    this.#options = options;
    const { kind, url, insecureTls, tokenInClear } = options.source;
    this.#status = {
      kind,
      url,
      insecure_tls: insecureTls,
      token_in_clear: tokenInClear,
      up: null,
      last_scrape: null,
      last_record: null,
      duration_ms: 0,
      series: 0,
      sensors: [],
      scrapes: 0,
      failures: 0,
      dropped: 0,
      error: null,
    };
  }

  get status(): ScrapeStatus {
    return this.#status;
  }

  /** Until the signal aborts. Targets begin apart, so that a hundred are not asked at once. */
  async run(signal: AbortSignal): Promise<void> {
    const { source: { everyMs: intervalMs }, clock, random } = this.#options;
    let waitMs = random.next() * Math.min(intervalMs, LIMITS.scrapeSpreadMsMax);
    while (!signal.aborted) {
      await delay(clock, waitMs, signal);
      if (signal.aborted) return;
      const startedMs = clock.monotonicMs();
      await this.#scrape(signal);
      if (signal.aborted) return;
      const everyMs = intervalMs * Math.min(BACKOFF_MAX, 2 ** Math.max(0, this.#failures - 1));
      waitMs = Math.max(0, everyMs - (clock.monotonicMs() - startedMs));
    }
  }

  async #scrape(signal: AbortSignal): Promise<void> {
    const { clock, source, isHeld } = this.#options;
    if (isHeld()) {
      this.#status = { ...this.#status, dropped: this.#status.dropped + 1 };
      return;
    }
    const startedMs = clock.monotonicMs();
    const atMs = clock.nowMs();
    let scraped = NOTHING;
    let error: string | null = null;
    let isDropped = false;
    try {
      scraped = await source.scrape(atMs, signal);
      isDropped = !await this.#archive(scraped.lines);
    } catch (cause) {
      if (signal.aborted) return;
      error = cause instanceof Error ? cause.message : String(cause);
      source.forget();
    }
    this.#tell(error);
    this.#failures = error === null ? 0 : this.#failures + 1;
    this.#status = {
      ...this.#status,
      up: error === null,
      last_scrape: new Date(atMs).toISOString(),
      last_record: error === null && scraped.series > 0 && !isDropped
        ? new Date(atMs).toISOString()
        : this.#status.last_record,
      duration_ms: Math.round(clock.monotonicMs() - startedMs),
      series: scraped.series,
      sensors: scraped.sensors,
      scrapes: this.#status.scrapes + 1,
      failures: this.#status.failures + (error === null ? 0 : 1),
      dropped: this.#status.dropped + (isDropped ? 1 : 0),
      error,
    };
  }

  /** Whether they are on the disk. */
  async #archive(lines: readonly string[]): Promise<boolean> {
    if (lines.length === 0) return true;
    const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
    return (await this.#options.archive(bytes)).kind === "archived";
  }

  /** A word where it changes, none a scrape. */
  #tell(error: string | null): void {
    const { log, source: { url } } = this.#options;
    if (error === null && this.#status.up === false) log.info("scraped again", { target: url });
    if (error !== null && this.#status.up !== false) {
      log.warn("can't be scraped; it is asked again, less often", { target: url, reason: error });
    }
  }
}
