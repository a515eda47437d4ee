/**
 * One target, asked every so often: its text → series that the mapping reads → lines for the archive,
 * as remote write's are. The line holds all that it means (time, labels, a share in place of counters),
 * so a replay needs no scrape before it. A target that fails is asked less often, up to eight times
 * the interval. While the archive takes nothing, targets are left alone, and that is counted: it is no
 * fault of theirs.
 */
import { LIMITS } from "../../../limits.ts";
import type { Log } from "../../../log.ts";
import type { IngestOutcome } from "../../../model/ingest.ts";
import type { ScrapeStatus } from "../../../model/status.ts";
import { type Clock, delay } from "../../../runtime/clock.ts";
import type { Random } from "../../../runtime/random.ts";
import { type ExpositionSample, readExposition } from "../../../sources/exposition.ts";
import { CpuUtilisation } from "./cpu_utilisation.ts";
import { fetchText } from "./fetch_text.ts";
import type { ScrapeTarget } from "./targets.ts";

export interface ScraperOptions {
  readonly target: ScrapeTarget;
  /** Whether a series becomes readings. */
  readonly isRead: (labels: ExpositionSample["labels"]) => boolean;
  /** Resolves once the lines are on the disk, or with why not. */
  readonly archive: (lines: Uint8Array) => Promise<IngestOutcome>;
  /** Whether the archive takes nothing for the moment. */
  readonly isHeld: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const BACKOFF_MAX = 8;

export class Scraper {
  readonly #options: ScraperOptions;
  readonly #cpu = new CpuUtilisation();
  #failures = 0;
  #status: ScrapeStatus;

  constructor(options: ScraperOptions) {
    this.#options = options;
    const { url } = options.target;
    this.#status = {
      url,
      up: null,
      last_scrape: null,
      last_record: null,
      duration_ms: 0,
      series: 0,
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
    const { target, clock, random } = this.#options;
    let waitMs = random.next() * Math.min(target.everyMs, LIMITS.scrapeSpreadMsMax);
    while (!signal.aborted) {
      await delay(clock, waitMs, signal);
      if (signal.aborted) return;
      const startedMs = clock.monotonicMs();
      await this.#scrape(signal);
      if (signal.aborted) return;
      const everyMs = target.everyMs * Math.min(BACKOFF_MAX, 2 ** Math.max(0, this.#failures - 1));
      waitMs = Math.max(0, everyMs - (clock.monotonicMs() - startedMs));
    }
  }

  async #scrape(signal: AbortSignal): Promise<void> {
    const { clock, target, isHeld } = this.#options;
    if (isHeld()) {
      this.#status = { ...this.#status, dropped: this.#status.dropped + 1 };
      return;
    }
    const startedMs = clock.monotonicMs();
    const atMs = clock.nowMs();
    let series = 0;
    let error: string | null = null;
    let isDropped = false;
    try {
      const lines = this.#linesOf(await fetchText(target, signal), atMs);
      series = lines.length;
      isDropped = !await this.#archive(lines);
    } catch (cause) {
      if (signal.aborted) return;
      error = cause instanceof Error ? cause.message : String(cause);
      this.#cpu.forget();
    }
    this.#tell(error);
    this.#failures = error === null ? 0 : this.#failures + 1;
    this.#status = {
      url: target.url,
      up: error === null,
      last_scrape: new Date(atMs).toISOString(),
      last_record: error === null && series > 0 && !isDropped
        ? new Date(atMs).toISOString()
        : this.#status.last_record,
      duration_ms: Math.round(clock.monotonicMs() - startedMs),
      series,
      scrapes: this.#status.scrapes + 1,
      failures: this.#status.failures + (error === null ? 0 : 1),
      dropped: this.#status.dropped + (isDropped ? 1 : 0),
      error,
    };
  }

  #linesOf(text: string, scrapedMs: number): string[] {
    const { target, isRead } = this.#options;
    const found = readExposition(text);
    if (found.kind === "refused") {
      throw new Error(`its answer is not Prometheus' text format: ${found.message}`);
    }
    const lines: string[] = [];
    const add = (labels: ExpositionSample["labels"], value: number, atMs: number) => {
      // What the configuration says wins: no target speaks for another one.
      const all = { ...labels, ...target.labels };
      if (Number.isFinite(value) && isRead(all)) {
        lines.push(`{"labels":${JSON.stringify(all)},"samples":[[${atMs},${value}]]}`);
      }
    };
    for (const { labels, value, atMs } of found.samples) add(labels, value, atMs ?? scrapedMs);
    const busy = this.#cpu.next(found.samples);
    if (busy !== null) {
      const name = `instance:node_cpu_utilisation:rate${target.everyMs / 1_000}s`;
      add({ __name__: name }, Math.round(busy * 1e6) / 1e6, scrapedMs);
    }
    return lines;
  }

  /** Whether they are on the disk. */
  async #archive(lines: readonly string[]): Promise<boolean> {
    if (lines.length === 0) return true;
    const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
    return (await this.#options.archive(bytes)).kind === "archived";
  }

  /** A word where it changes, none a scrape. */
  #tell(error: string | null): void {
    const { log, target: { url } } = this.#options;
    if (error === null && this.#status.up === false) log.info("scraped again", { target: url });
    if (error !== null && this.#status.up !== false) {
      log.warn("can't be scraped; it is asked again, less often", { target: url, reason: error });
    }
  }
}
