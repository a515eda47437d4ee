/**
 * Prometheus' text format, version 0.0.4, as exporters serve it → samples.
 *
 * ```
 * # HELP node_hwmon_temp_celsius Hardware monitor for temperature (input)
 * # TYPE node_hwmon_temp_celsius gauge
 * node_hwmon_temp_celsius{chip="platform_coretemp_0",sensor="temp1"} 52 1763692976000
 * ```
 *
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format. HELP and TYPE are
 * comments here. One line that breaks the format refuses the whole of it, as Prometheus does: half a
 * scrape would look like sensors that are gone.
 */
import { LIMITS } from "../limits.ts";
import { sample } from "./dead_letter.ts";

export interface ExpositionSample {
  /** With the metric's name as `__name__`. */
  readonly labels: Readonly<Record<string, string>>;
  /** NaN and infinities too. */
  readonly value: number;
  /** Null where the exporter names none: it is of the scrape. */
  readonly atMs: number | null;
}

export type Exposition =
  | { readonly kind: "samples"; readonly samples: readonly ExpositionSample[] }
  | { readonly kind: "refused"; readonly message: string };

export function readExposition(text: string): Exposition {
  const samples: ExpositionSample[] = [];
  let number = 0;
  for (let from = 0; from < text.length;) {
    const lf = text.indexOf("\n", from);
    const end = lf === -1 ? text.length : lf;
    const line = text.slice(from, end).trim();
    from = end + 1;
    number++;
    if (line === "" || line.startsWith("#")) continue;
    const found = readLine(line);
    if (typeof found === "string") {
      return { kind: "refused", message: `line ${number}: ${found}, got ${sample(line, 80)}` };
    }
    if (samples.length >= LIMITS.scrapeSamplesMax) {
      const message = `it has more than ${LIMITS.scrapeSamplesMax} samples; have it tell less`;
      return { kind: "refused", message };
    }
    samples.push(found);
  }
  return { kind: "samples", samples };
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|(?=\}))/sy;
const VALUE = /^\s*(\S+)(?:\s+(-?\d{1,15}))?$/;

/** A text says the rule that it breaks. */
function readLine(line: string): ExpositionSample | string {
  const name = NAME.exec(line)?.[0];
  if (name === undefined) return "a line begins with a metric's name";
  let at = name.length;
  while (line[at] === " " || line[at] === "\t") at++;
  const pairs: [string, string][] = [["__name__", name]];
  if (line[at] === "{") {
    at = readLabels(line, at + 1, pairs);
    if (at < 0) return `labels are {name="value",…}`;
  }
  const [, number = "", timestamp] = VALUE.exec(line.slice(at)) ?? [];
  const value = valueOf(number);
  if (value === null) return "a value is a number, NaN, +Inf or -Inf, and a timestamp whole ms";
  // Own properties, whatever their names are.
  const labels = Object.fromEntries(pairs);
  return { labels, value, atMs: timestamp === undefined ? null : Number(timestamp) };
}

/** Where the labels end, behind their brace; -1 where they break the form. */
function readLabels(line: string, from: number, pairs: [string, string][]): number {
  let at = from;
  for (;;) {
    while (line[at] === " " || line[at] === "\t") at++;
    if (line[at] === "}") return at + 1;
    LABEL.lastIndex = at;
    const match = LABEL.exec(line);
    if (match === null) return -1;
    pairs.push([match[1]!, unescaped(match[2]!)]);
    at = LABEL.lastIndex;
  }
}

function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(.)/gs, (_all, next: string) => next === "n" ? "\n" : next);
}

/** As Go's ParseFloat takes it, as far as exporters write it; null for none. */
function valueOf(text: string): number | null {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Number(text);
  if (/^nan$/i.test(text)) return NaN;
  const infinity = /^([+-]?)inf(?:inity)?$/i.exec(text);
  return infinity === null ? null : infinity[1] === "-" ? -Infinity : Infinity;
}
