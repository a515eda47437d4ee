/** What tables of targets have in common: `url`, `every_s`, `timeout_s`, `silent_after_s`, `labels`. */
import { dirname, resolve } from "node:path";
import { LIMITS } from "../../../limits.ts";
import { isLoopback } from "../../../runtime/address.ts";
import {
  fail,
  isTable,
  silentAfterMsOf,
  type Table,
  textOf,
} from "../../../mapping/declaration_check.ts";

export interface Target {
  /** How it is told from the others. */
  readonly url: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Without a series that is read for so long it is said to be silent; 0: never; null: the usual. */
  readonly silentAfterMs: number | null;
  /** Of every series; `instance` is the address unless it is among them. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A path as the configuration has it, which is relative to the configuration's directory. */
export type PathOf = (path: string) => string;

/** @throws {DeclarationError} that names the table, the key, the rule and the value. */
export function targetsOf<T extends Target>(
  tables: readonly unknown[],
  where: string,
  kind: string,
  targetOf: (table: unknown, where: string, pathOf: PathOf) => T,
): T[] {
  if (tables.length > LIMITS.scrapeTargetsMax) {
    fail(`${where}: ${kind}`, `at most ${LIMITS.scrapeTargetsMax} targets`, tables.length, "fewer");
  }
  const pathOf = (path: string) => resolve(dirname(where), path);
  const targets = tables.map((table, index) =>
    targetOf(table, `${where}, ${kind} ${index + 1}`, pathOf)
  );
  checkDistinct(targets, where);
  return targets;
}

/** By its url a target is known in status and metrics. */
export function checkDistinct(targets: readonly { readonly url: string }[], where: string): void {
  const urls = new Set<string>();
  for (const { url } of targets) {
    if (urls.has(url)) fail(where, "every target is scraped once", url, "another url");
    urls.add(url);
  }
}

export function urlOf(raw: Table, where: string, instead: string): URL {
  const text = textOf(raw["url"], `${where}: url`, instead);
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    fail(`${where}: url`, "must be an http or https URL", text, instead);
  }
  if (url.username !== "" || url.password !== "") {
    // It is shown, logged and a label of /metrics.
    fail(`${where}: url`, "must hold no password", url.host, instead);
  }
  return url;
}

/** Whether whoever is on the way can read what is sent there. */
export function isInClear({ protocol, hostname }: URL): boolean {
  return protocol !== "https:" && !isLoopback(hostname.replace(/^\[|\]$/g, ""));
}

/** `every_s` and `timeout_s`, which by default is no longer than the former. */
export function timesOf(
  raw: Table,
  where: string,
  otherwise: { readonly everyS: number; readonly timeoutS: number },
): Pick<Target, "everyMs" | "timeoutMs"> {
  const everyS = secondsOf(raw, "every_s", otherwise.everyS, where);
  const timeoutS = secondsOf(raw, "timeout_s", Math.min(otherwise.timeoutS, everyS), where);
  if (timeoutS > everyS) {
    fail(`${where}: timeout_s`, "must not be longer than every_s", timeoutS, String(everyS));
  }
  return { everyMs: everyS * 1_000, timeoutMs: timeoutS * 1_000 };
}

/** `bearer_token_file`; null: none is asked for. */
export function tokenPathOf(raw: Table, where: string, pathOf: PathOf): string | null {
  const path = raw["bearer_token_file"];
  if (path === undefined) return null;
  return pathOf(textOf(path, `${where}: bearer_token_file`, `"rack-7.token"`));
}

/** `silent_after_s`. */
export function silenceOf(raw: Table, where: string): Pick<Target, "silentAfterMs"> {
  const value = raw["silent_after_s"];
  if (value === undefined) return { silentAfterMs: null };
  return { silentAfterMs: silentAfterMsOf(value, `${where}: silent_after_s`) };
}

function secondsOf(raw: Table, key: string, otherwise: number, where: string): number {
  const value = raw[key] ?? otherwise;
  if (typeof value === "number" && value >= 1 && value <= 3_600) return value;
  return fail(`${where}: ${key}`, "must be a number of seconds from 1 to 3600", value, "15");
}

export function labelsOf(value: unknown, where: string): Record<string, string> {
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
