/**
 * What the command palette offers and in which order it answers what is typed. Pure: the hosts come
 * from the server, everything else from what the page knows.
 */
import { METRICS } from "../model/reading.ts";
import { type Page, perform, THEME_LABELS } from "./commands.ts";
import { SPEEDS, speedText } from "./cursor.ts";
import { formatShort, METRIC_VIEWS } from "./format.ts";
import { KEY_BINDINGS } from "./keys.ts";
import { THEMES } from "./preferences.ts";
import { REFRESH_SECONDS } from "./ranges.ts";
import { momentOfWords } from "./time_words.ts";

export interface PaletteEntry {
  /** Unlike that of any other entry. */
  readonly key: string;
  readonly kind: string;
  readonly label: string;
  /** The key that does the same, see `keys.ts`; else null. */
  readonly shortcut: string | null;
  readonly run: (page: Page) => void;
}

export interface HostName {
  readonly hostId: string;
  readonly region: string;
}

export const ENTRIES_SHOWN_MAX = 12;

const KINDS = { Time: "Time", Span: "Span", Places: "View", Page: "Page" } as const;

/** Everything that can be chosen without asking the server. */
export function paletteEntries(regions: readonly string[]): PaletteEntry[] {
  return [
    ...KEY_BINDINGS.filter(({ command }) => command !== "palette").map((binding) => ({
      key: binding.command,
      kind: KINDS[binding.group],
      label: binding.label,
      shortcut: binding.keys[0] ?? null,
      run: (page: Page) => perform(binding.command, page),
    })),
    ...METRICS.map((metric) =>
      entry("Measure", METRIC_VIEWS[metric].label, ({ actions }) => actions.setMetric(metric))
    ),
    entry("Region", "All regions", ({ actions }) => actions.go({ region: null })),
    ...regions.map((region) => entry("Region", region, ({ actions }) => actions.go({ region }))),
    ...SPEEDS.map((speed) =>
      entry("Speed", `Play at ${speedText(speed)}`, ({ actions }) => {
        actions.setSpeed(speed);
        actions.play();
      })
    ),
    ...THEMES.map((theme) =>
      entry("Theme", `Theme: ${THEME_LABELS[theme]}`, ({ actions }) => actions.prefer({ theme }))
    ),
    ...REFRESH_SECONDS.map((seconds) =>
      entry(
        "Refresh",
        `Refresh every ${formatShort(seconds)} s`,
        ({ actions }) => actions.setRefreshSeconds(seconds),
      )
    ),
  ];
}

/** A moment that was typed, as the first answer; null where it is none. */
export function momentEntry(query: string, page: Page): PaletteEntry | null {
  const { model } = page;
  const time = model.time.peek();
  const nowMs = model.serverNowMs.peek();
  const atMs = momentOfWords(query, nowMs, time.zone);
  if (atMs === null) return null;
  return entry(
    "Time",
    `Go to ${time.near(atMs, nowMs)} ${time.zoneLabel}`,
    ({ actions }) =>
      atMs >= nowMs ? actions.toLive() : actions.go({ cursor: { kind: "paused", atMs } }),
  );
}

export function hostEntry({ hostId, region }: HostName): PaletteEntry {
  return {
    ...entry("Host", hostId, ({ actions }) => actions.go({ view: "host", host: hostId, region })),
    key: JSON.stringify([region, hostId]),
    kind: region,
  };
}

function entry(kind: string, label: string, run: (page: Page) => void): PaletteEntry {
  return { key: `${kind} ${label}`, kind, label, shortcut: null, run };
}

/** Those that hold every word of the query, the closest first; without a query the first ones. */
export function ranked(
  entries: readonly PaletteEntry[],
  query: string,
  most: number = ENTRIES_SHOWN_MAX,
): PaletteEntry[] {
  const words = query.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return entries.slice(0, most);
  const scored: { readonly entry: PaletteEntry; readonly score: number }[] = [];
  for (const entry of entries) {
    const score = closeness(`${entry.label} ${entry.kind}`.toLowerCase(), words);
    if (score > 0) scored.push({ entry, score });
  }
  // The sort is stable: equals keep their order.
  return scored.sort((a, b) => b.score - a.score).slice(0, most).map(({ entry }) => entry);
}

/** 0 where a word is missing; a word at the start counts most, then one that begins a word. */
function closeness(text: string, words: readonly string[]): number {
  let score = 0;
  for (const word of words) {
    const at = text.indexOf(word);
    if (at < 0) return 0;
    score += at === 0 ? 4 : startsWord(text, word) ? 2 : 1;
  }
  return score;
}

function startsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!/[\p{L}\p{N}]/u.test(text[at - 1] ?? "")) return true;
  }
  return false;
}
