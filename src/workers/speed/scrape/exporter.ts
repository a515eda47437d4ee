/**
 * A target that serves Prometheus' text format: its text → series that the mapping reads → lines for
 * the archive, as remote write's are. The line holds all that it means (time, labels, a share in
 * place of counters), so a replay needs no scrape before it.
 */
import { LIMITS } from "../../../limits.ts";
import { type ExpositionSample, readExposition } from "../../../sources/exposition.ts";
import { bearerOf } from "./bearer.ts";
import { CpuUtilisation } from "./cpu_utilisation.ts";
import { fetchText, inTime } from "./fetch_text.ts";
import type { Scraped, ScrapeSource } from "./scraper.ts";
import type { ScrapeTarget } from "./targets.ts";

/** Whether a series becomes readings. */
export type IsRead = (labels: ExpositionSample["labels"]) => boolean;

export class Exporter implements ScrapeSource {
  readonly kind = "exporter";
  readonly insecureTls = false;
  readonly tokenInClear: boolean;
  readonly url: string;
  readonly everyMs: number;
  readonly #target: ScrapeTarget;
  readonly #isRead: IsRead;
  readonly #cpu = new CpuUtilisation();

  constructor(target: ScrapeTarget, isRead: IsRead) {
    this.#target = target;
    this.#isRead = isRead;
    this.tokenInClear = target.tokenInClear;
    this.url = target.url;
    this.everyMs = target.everyMs;
  }

  async scrape(atMs: number, stopping: AbortSignal): Promise<Scraped> {
    const { url, timeoutMs, tokenPath } = this.#target;
    const request = {
      url,
      headers: {
        Accept: "text/plain;version=0.0.4",
        ...(tokenPath === null ? {} : { Authorization: await bearerOf(tokenPath) }),
      },
      bytesMax: LIMITS.scrapeBytesMax,
    };
    const { text } = await inTime(timeoutMs, stopping, (signal) => fetchText(request, signal));
    const lines = this.#linesOf(text, atMs);
    return { lines, series: lines.length, sensors: [] };
  }

  forget(): void {
    this.#cpu.forget();
  }

  #linesOf(text: string, scrapedMs: number): string[] {
    const { labels: declared, everyMs } = this.#target;
    const found = readExposition(text);
    if (found.kind === "refused") {
      throw new Error(`its answer is not Prometheus' text format: ${found.message}`);
    }
    const lines: string[] = [];
    const add = (labels: ExpositionSample["labels"], value: number, atMs: number) => {
      // What the configuration says wins: no target speaks for another one.
      const all = { ...labels, ...declared };
      if (Number.isFinite(value) && this.#isRead(all)) {
        lines.push(`{"labels":${JSON.stringify(all)},"samples":[[${atMs},${value}]]}`);
      }
    };
    for (const { labels, value, atMs } of found.samples) add(labels, value, atMs ?? scrapedMs);
    const busy = this.#cpu.next(found.samples);
    if (busy !== null) {
      const name = `instance:node_cpu_utilisation:rate${everyMs / 1_000}s`;
      add({ __name__: name }, busy, scrapedMs);
    }
    return lines;
  }
}
