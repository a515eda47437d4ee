/** Checks what `rackwatch.toml` declares before anything is started that would stumble over it. */
import { UsageError } from "../cli.ts";
import type { Config } from "../config.ts";
import { DeclarationError } from "../mapping/declaration_check.ts";
import { historySources } from "../workers/batch/sources.ts";
import { liveMapping } from "../workers/speed/live_mapping.ts";
import { allTargets } from "../workers/speed/scrape/scrapers.ts";
import { alertRules } from "./rules.ts";

/** @throws {UsageError} that names the table, the key, the rule and the value. */
export function checkDeclarations(config: Config): void {
  const where = config.configFile ?? "configuration";
  try {
    historySources(config.sources, where, config.demo);
    liveMapping(config.sources, where);
    allTargets(config, where);
  } catch (error) {
    if (error instanceof DeclarationError) throw new UsageError(error.message);
    throw error;
  }
  alertRules(config);
}
