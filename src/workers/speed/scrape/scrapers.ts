/** All targets of the configuration, each on its own time; what they tell goes one way. */
import { FEED_DECLARATION } from "../../../mapping/builtin.ts";
import type { ScrapeStatus } from "../../../model/status.ts";
import type { LiveMapping } from "../live_mapping.ts";
import { prometheusCounter } from "../rates/prometheus_counters.ts";
import { Bmc } from "../redfish/bmc.ts";
import { type RedfishTarget, redfishTargets } from "../redfish/targets.ts";
import { Exporter, type IsRead } from "./exporter.ts";
import { Scraper, type ScraperOptions } from "./scraper.ts";
import { checkDistinct } from "./target_table.ts";
import { type ScrapeTarget, scrapeTargets } from "./targets.ts";

export interface TargetTables {
  /** Raw `[[scrape]]` tables. */
  readonly scrapes: readonly unknown[];
  /** Raw `[[redfish]]` tables. */
  readonly redfish: readonly unknown[];
}

export interface ScrapersOptions extends Omit<ScraperOptions, "source"> {
  readonly tables: TargetTables;
  readonly where: string;
  readonly mapping: Pick<LiveMapping, "choose">;
}

/** @throws {DeclarationError} for a table that is no target. */
export function allTargets(
  tables: TargetTables,
  where: string,
): { readonly exporters: readonly ScrapeTarget[]; readonly bmcs: readonly RedfishTarget[] } {
  const exporters = scrapeTargets(tables.scrapes, where);
  const bmcs = redfishTargets(tables.redfish, where);
  checkDistinct([...exporters, ...bmcs], where);
  return { exporters, bmcs };
}

export class Scrapers {
  readonly #scrapers: readonly Scraper[];

  /** @throws {DeclarationError} for a table that is no target. */
  constructor({ tables, where, mapping, ...options }: ScrapersOptions) {
    const isRead: IsRead = (labels) => {
      const fields = { labels, timestamp: 0, value: 0 };
      // Joules become watts once they are archived; of CPU seconds the scraper makes a share itself.
      if (prometheusCounter(fields)?.form.measure === "power") return true;
      const chosen = mapping.choose(fields);
      // The feed's own declaration takes what no other does, and would only refuse it.
      return chosen.declaration.name !== FEED_DECLARATION.name && !chosen.ignores(fields);
    };
    const { exporters, bmcs } = allTargets(tables, where);
    for (const { url, tokenInClear } of exporters) {
      if (!tokenInClear) continue;
      options.log.warn("a token is sent unencrypted: bearer_token_file over http", {
        target: url,
        risk: "whoever is on the way can read it, and use it",
        remedy: "an https url, or a tunnel that ends at 127.0.0.1",
      });
    }
    for (const { url, trust } of bmcs) {
      if (trust.kind !== "unchecked") continue;
      options.log.warn("certificate is not checked: insecure_tls", { target: url });
    }
    this.#scrapers = [
      ...exporters.map((target) => new Exporter(target, isRead)),
      ...bmcs.map((target) => new Bmc(target, options.clock)),
    ].map((source) => new Scraper({ ...options, source }));
  }

  get status(): readonly ScrapeStatus[] {
    return this.#scrapers.map((one) => one.status);
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#scrapers.map((one) => one.run(signal)));
  }
}
