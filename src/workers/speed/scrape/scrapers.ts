/** All targets of the configuration, each on its own time; what they tell goes one way. */
import type { ScrapeStatus } from "../../../model/status.ts";
import { FEED_DECLARATION } from "../../../mapping/builtin.ts";
import type { LiveMapping } from "../live_mapping.ts";
import { prometheusCounter } from "../rates/prometheus_counters.ts";
import { Scraper, type ScraperOptions } from "./scraper.ts";
import { scrapeTargets } from "./targets.ts";

export interface ScrapersOptions extends Omit<ScraperOptions, "target" | "isRead"> {
  /** Raw `[[scrape]]` tables. */
  readonly tables: readonly unknown[];
  readonly where: string;
  readonly mapping: Pick<LiveMapping, "choose">;
}

export class Scrapers {
  readonly #scrapers: readonly Scraper[];

  /** @throws {DeclarationError} for a table that is no target. */
  constructor({ tables, where, mapping, ...options }: ScrapersOptions) {
    const isRead = (labels: Readonly<Record<string, string>>) => {
      const fields = { labels, timestamp: 0, value: 0 };
      // Joules become watts once they are archived; of CPU seconds the scraper makes a share itself.
      if (prometheusCounter(fields)?.form.measure === "power") return true;
      const chosen = mapping.choose(fields);
      // The feed's own declaration takes what no other does, and would only refuse it.
      return chosen.declaration.name !== FEED_DECLARATION.name && !chosen.ignores(fields);
    };
    this.#scrapers = scrapeTargets(tables, where)
      .map((target) => new Scraper({ ...options, target, isRead }));
  }

  get status(): readonly ScrapeStatus[] {
    return this.#scrapers.map((one) => one.status);
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#scrapers.map((one) => one.run(signal)));
  }
}
