/** `[[scrape]]` tables → targets. The form, with every key:
 *
 * ```toml
 * [[scrape]]
 * url = "http://rack-7:9100/metrics"
 * every_s = 15
 * timeout_s = 10
 * silent_after_s = 300
 * labels = { region = "Lab", host = "rack-7" }
 * ```
 */
import { LIMITS } from "../../../limits.ts";
import {
  fail,
  isTable,
  onlyKeys,
  silentAfterMsOf,
  type Table,
  textOf,
} from "../../../mapping/declaration_check.ts";

export interface ScrapeTarget {
  readonly url: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Without a series that is read for so long it is said to be silent; 0: never; null: the usual. */
  readonly silentAfterMs: number | null;
  /** Of every series; `instance` is the address unless it is among them. */
  readonly labels: Readonly<Record<string, string>>;
}

const KEYS = ["url", "every_s", "timeout_s", "silent_after_s", "labels"] as const;

/** @throws {DeclarationError} that names the table, the key, the rule and the value. */
export function scrapeTargets(tables: readonly unknown[], where: string): ScrapeTarget[] {
  if (tables.length > LIMITS.scrapeTargetsMax) {
    fail(`${where}: scrape`, `at most ${LIMITS.scrapeTargetsMax} targets`, tables.length, "fewer");
  }
  const targets = tables.map((table, index) => targetOf(table, `${where}, scrape ${index + 1}`));
  const twice = targets.find((one, index) =>
    targets.findIndex((other) => other.url === one.url) < index
  );
  if (twice !== undefined) fail(where, "every target is scraped once", twice.url, "another url");
  return targets;
}

function targetOf(raw: unknown, where: string): ScrapeTarget {
  const instead = `url = "http://127.0.0.1:9100/metrics"`;
  if (!isTable(raw)) fail(where, "must be a table", raw, instead);
  onlyKeys(raw, KEYS, where);
  const text = textOf(raw["url"], `${where}: url`, `"http://127.0.0.1:9100/metrics"`);
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    fail(`${where}: url`, "must be an http or https URL", text, `"http://127.0.0.1:9100/metrics"`);
  }
  if (url.username !== "" || url.password !== "") {
    // It is shown, logged and a label of /metrics.
    fail(`${where}: url`, "must hold no password", url.host, "one that is open to this machine");
  }
  const everyS = secondsOf(raw, "every_s", 15, where);
  const timeoutS = secondsOf(raw, "timeout_s", Math.min(10, everyS), where);
  if (timeoutS > everyS) {
    fail(`${where}: timeout_s`, "must not be longer than every_s", timeoutS, String(everyS));
  }
  return {
    url: url.href,
    everyMs: everyS * 1_000,
    timeoutMs: timeoutS * 1_000,
    silentAfterMs: raw["silent_after_s"] === undefined
      ? null
      : silentAfterMsOf(raw["silent_after_s"], `${where}: silent_after_s`),
    labels: { instance: url.host, ...labelsOf(raw["labels"] ?? {}, `${where}: labels`) },
  };
}

function secondsOf(raw: Table, key: string, otherwise: number, where: string): number {
  const value = raw[key] ?? otherwise;
  if (typeof value === "number" && value >= 1 && value <= 3_600) return value;
  return fail(`${where}: ${key}`, "must be a number of seconds from 1 to 3600", value, "15");
}

function labelsOf(value: unknown, where: string): Record<string, string> {
  if (!isTable(value)) fail(where, "must be a table", value, `{ region = "Lab" }`);
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => {
      if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
        fail(where, "a label's name has letters, digits and _", name, `{ region = "Lab" }`);
      }
      return [name, textOf(text, `${where}.${name}`, `"Lab"`)];
    }),
  );
}
