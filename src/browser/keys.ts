/**
 * Every key of the page: what it does, its words and its place in the list that `?` opens. A key is
 * written as the browser names it (`event.key`), `Shift+ArrowLeft`, `Ctrl+k` (⌘ as well), or two one
 * after the other, `g h`.
 */
import type { ViewName } from "./address.ts";
import { RANGES } from "./ranges.ts";

/** What a key or a line of the command palette can do to the page. */
export type Command =
  | "play"
  | "live"
  | "step-back"
  | "step-forth"
  | "step-back-far"
  | "step-forth-far"
  | "previous-alert"
  | "next-alert"
  | "zoom-in"
  | "zoom-out"
  | "exact-range"
  | "undo"
  | "next-metric"
  | "units"
  | "zone"
  | "theme"
  | "wall"
  | "search"
  | "keys"
  | "preferences"
  | "palette"
  | `range ${string}`
  | `view ${ViewName}`;

export interface KeyBinding {
  /** Any of them. */
  readonly keys: readonly string[];
  readonly command: Command;
  readonly label: string;
  readonly group: KeyGroup;
}

export const KEY_GROUPS = ["Time", "Span", "Places", "Page"] as const;
export type KeyGroup = (typeof KEY_GROUPS)[number];

const in_ =
  (group: KeyGroup) => (command: Command, label: string, ...keys: string[]): KeyBinding => ({
    keys,
    command,
    label,
    group,
  });
const time = in_("Time"), span = in_("Span"), place = in_("Places"), page = in_("Page");

export const KEY_BINDINGS: readonly KeyBinding[] = [
  time("play", "Hold, or play from here", "Space"),
  time("live", "Back to live", "l"),
  time("step-back", "Step back", "ArrowLeft"),
  time("step-forth", "Step forward", "ArrowRight"),
  time("step-back-far", "Ten steps back", "Shift+ArrowLeft"),
  time("step-forth-far", "Ten steps forward", "Shift+ArrowRight"),
  time("previous-alert", "Previous alert", "["),
  time("next-alert", "Next alert", "]"),
  time("undo", "Undo the last move", "u", "Backspace"),
  ...RANGES.slice(0, 9).map(({ name, label }, index) =>
    span(`range ${name}`, `Show ${label}`, String(index + 1))
  ),
  span("zoom-in", "Half the span", "+", "="),
  span("zoom-out", "Twice the span", "-"),
  span("exact-range", "Exact from and to", "e"),
  place("view overview", "Overview", "g o"),
  place("view hosts", "Hosts", "g h"),
  place("view charts", "Charts", "g c"),
  place("view alerts", "Alerts", "g a"),
  place("view quality", "Data quality", "g q"),
  place("palette", "Find anything: hosts, times, commands", "Ctrl+k"),
  place("search", "Search on this view", "/"),
  page("next-metric", "Next measure", "m"),
  page("units", "°C or °F", "t"),
  page("zone", "UTC or local time", "z"),
  page("theme", "Next theme", "d"),
  page("wall", "Wall screen", "f"),
  page("preferences", "Preferences", ","),
  page("keys", "These keys", "?"),
];

export interface Stroke {
  /** As `KeyboardEvent.key`. */
  readonly key: string;
  /** Control or ⌘. */
  readonly control: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
}

type Pressed = Pick<
  KeyboardEvent,
  "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey" | "getModifierState"
>;

/**
 * Where AltGr (Control and Alt on Windows) or Option print a sign, as `[` on a German keyboard, they
 * belong to it. Letters and figures stay those of the browser's own keys.
 */
export function strokeOf(event: Pressed): Stroke {
  const { key, ctrlKey, metaKey, shiftKey, altKey } = event;
  const isSign = [...key].length === 1 && !/[\p{L}\p{N}\s]/u.test(key);
  const isPrinted = isSign && (altKey || event.getModifierState("AltGraph"));
  return {
    key,
    control: metaKey || ctrlKey && !isPrinted,
    shift: shiftKey,
    alt: altKey && !isPrinted,
  };
}

/** The second key of two has to come this soon. */
const PAIR_MS_MAX = 1_500;

const COMMANDS = new Map(
  KEY_BINDINGS.flatMap(({ keys, command }) => keys.map((key) => [key, command] as const)),
);
const FIRSTS = new Set(
  [...COMMANDS.keys()].filter((key) => key.includes(" ")).map((key) => key.split(" ")[0]),
);

/** Tells commands from strokes; remembers the first of two. */
export class KeyReader {
  #first = "";
  #firstMs = -Infinity;

  read(stroke: Stroke, atMs: number): Command | null {
    const name = strokeName(stroke);
    const isPair = this.#first !== "" && atMs - this.#firstMs <= PAIR_MS_MAX;
    const pair = isPair ? COMMANDS.get(`${this.#first} ${name}`) : undefined;
    this.#first = "";
    if (pair !== undefined) return pair;
    if (!FIRSTS.has(name)) return COMMANDS.get(name) ?? null;
    this.#first = name;
    this.#firstMs = atMs;
    return null;
  }
}

/** Shift belongs to the name of what is no sign: a sign is what it is with Shift already. */
function strokeName({ key, control, shift, alt }: Stroke): string {
  const isSign = [...key].length === 1 && key !== " ";
  const name = key === " " ? "Space" : isSign ? key.toLowerCase() : key;
  // A big letter is another one; caps lock is not.
  const isShifted = shift && (!isSign || key.toLowerCase() !== key.toUpperCase());
  return `${control ? "Ctrl+" : ""}${alt ? "Alt+" : ""}${isShifted ? "Shift+" : ""}${name}`;
}

const SIGNS: Readonly<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  PageUp: "Page ↑",
  PageDown: "Page ↓",
  Escape: "Esc",
  Backspace: "⌫",
  Ctrl: "Ctrl/⌘",
  "-": "−",
};

/** A key for people, as its parts: `["Ctrl/⌘", "K"]`. */
export function keyParts(key: string): readonly string[] {
  return key.split(/[ ]|(?<=.)\+/).map((part) =>
    SIGNS[part] ?? (part.length === 1 ? part.toUpperCase() : part)
  );
}
