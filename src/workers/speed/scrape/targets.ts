/** `[[scrape]]` tables → targets. The form, with every key:
 *
 * ```toml
 * [[scrape]]
 * url = "http://rack-7:9100/metrics"
 * every_s = 15
 * timeout_s = 10
 * bearer_token_file = "/etc/rackwatch/rack-7.token"
 * silent_after_s = 300
 * labels = { region = "Lab", host = "rack-7" }
 * ```
 */
import { fail, isTable, onlyKeys } from "../../../mapping/declaration_check.ts";
import {
  isInClear,
  labelsOf,
  type PathOf,
  silenceOf,
  type Target,
  targetsOf,
  timesOf,
  tokenPathOf,
  urlOf,
} from "./target_table.ts";

export interface ScrapeTarget extends Target {
  /** Where the token stands that the target asks for; null: it asks for none. */
  readonly tokenPath: string | null;
  /** Whether others on the way could read it: http, to another machine. */
  readonly tokenInClear: boolean;
}

const KEYS = [
  "url",
  "every_s",
  "timeout_s",
  "bearer_token_file",
  "silent_after_s",
  "labels",
] as const;
const URL_INSTEAD = `"http://127.0.0.1:9100/metrics"`;

/** @throws {DeclarationError} that names the table, the key, the rule and the value. */
export function scrapeTargets(tables: readonly unknown[], where: string): ScrapeTarget[] {
  return targetsOf(tables, where, "scrape", targetOf);
}

function targetOf(raw: unknown, where: string, pathOf: PathOf): ScrapeTarget {
  if (!isTable(raw)) fail(where, "must be a table", raw, `url = ${URL_INSTEAD}`);
  onlyKeys(raw, KEYS, where);
  const url = urlOf(raw, where, URL_INSTEAD);
  const tokenPath = tokenPathOf(raw, where, pathOf);
  return {
    url: url.href,
    ...timesOf(raw, where, { everyS: 15, timeoutS: 10 }),
    ...silenceOf(raw, where),
    tokenPath,
    tokenInClear: tokenPath !== null && isInClear(url),
    labels: { instance: url.host, ...labelsOf(raw["labels"] ?? {}, `${where}: labels`) },
  };
}
