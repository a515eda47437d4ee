import { expect, test } from "bun:test";
import { perform } from "../../src/browser/commands.ts";
import { type Actions, NO_ACTIONS } from "../../src/browser/actions.ts";
import { BoardModel } from "../../src/browser/board_model.ts";
import {
  KEY_BINDINGS,
  keyParts,
  KeyReader,
  type Stroke,
  strokeOf,
} from "../../src/browser/keys.ts";
import { PLACE_KEYS } from "../../src/browser/place_keys.ts";
import { pageState } from "./samples.ts";

const stroke = (key: string, more: Partial<Stroke> = {}): Stroke => ({
  key,
  control: false,
  shift: false,
  alt: false,
  ...more,
});
const read = (...strokes: Stroke[]) => {
  const reader = new KeyReader();
  return strokes.map((each, index) => reader.read(each, index * 100));
};

test("keys: no key does two things", () => {
  const keys = KEY_BINDINGS.flatMap((binding) => binding.keys);
  expect(new Set(keys).size).toBe(keys.length);
  const firsts = keys.filter((key) => key.includes(" ")).map((key) => key.split(" ")[0]!);
  expect(firsts.filter((first) => keys.includes(first))).toEqual([]);
});

test("keys: letters in caps lock too, signs with or without Shift, arrows with Shift are others", () => {
  expect(read(stroke(" "), stroke("L"), stroke("?", { shift: true }), stroke("+", { shift: true })))
    .toEqual(["play", "live", "keys", "zoom-in"]);
  expect(read(stroke("ArrowLeft"), stroke("ArrowLeft", { shift: true })))
    .toEqual(["step-back", "step-back-far"]);
  expect(read(stroke("L", { shift: true }), stroke("l", { alt: true }), stroke("x")))
    .toEqual([null, null, null]);
});

test("keys: control belongs to the browser, but for the palette", () => {
  expect(read(stroke("l", { control: true }), stroke("k", { control: true })))
    .toEqual([null, "palette"]);
});

test("keys: two one after the other; the second too late or another is by itself", () => {
  expect(read(stroke("g"), stroke("h"))).toEqual([null, "view hosts"]);
  expect(read(stroke("g"), stroke("l"))).toEqual([null, "live"]);
  const reader = new KeyReader();
  reader.read(stroke("g"), 0);
  expect(reader.read(stroke("a"), 5_000)).toBeNull();
});

test("keys: those of places are written for people too", () => {
  const parts = PLACE_KEYS.flatMap(({ keys }) =>
    keys.flatMap(([, ...each]) => each.flatMap((key) => keyParts(key)))
  );
  expect(parts.filter((part) => /^(Arrow|Page[A-Z]|Escape)/.test(part))).toEqual([]);
  expect(parts).toContain("Esc");
});

test("keys: are written for people", () => {
  expect(["Shift+ArrowLeft", "g h", "Ctrl+k", "+", "-", "Space"].map(keyParts)).toEqual([
    ["Shift", "←"],
    ["G", "H"],
    ["Ctrl/⌘", "K"],
    ["+"],
    ["−"],
    ["Space"],
  ]);
});

function page() {
  const model = new BoardModel(pageState());
  const done: unknown[] = [];
  const actions = Object.fromEntries(
    Object.keys(NO_ACTIONS).map((name) => [name, (...given: unknown[]) => {
      done.push([name, ...given]);
      return Promise.resolve(null);
    }]),
  ) as unknown as Actions;
  return { model, actions, done };
}

test("commands: holds what moves and plays what is held", () => {
  const { done, ...one } = page();
  perform("play", one);
  one.model.change({ cursor: { kind: "paused", atMs: 5 } });
  perform("play", one);
  expect(done).toEqual([["pause"], ["play"]]);
});

test("commands: a step is a thirtieth of the span, zooming halves and doubles it", () => {
  const { done, ...one } = page();
  perform("step-back-far", one);
  perform("zoom-in", one);
  perform("zoom-out", one);
  expect(done).toMatchObject([
    ["step", -100_000],
    ["go", { range: { ms: 150_000 } }],
    ["go", { range: { ms: 600_000 } }],
  ]);
});

test("commands: every key of the table does something", () => {
  for (const { command } of KEY_BINDINGS) {
    if (command === "search") continue; // looks at the document
    const { done, ...one } = page();
    perform(command, one);
    expect([command, done.length > 0 || one.model.dialog.value !== null]).toEqual([command, true]);
  }
});

test("commands: units, zone and theme go round and say where they are", () => {
  const { done, ...one } = page();
  perform("units", one);
  expect(one.model.notice.value).toBe("Temperatures in °F");
  perform("theme", one);
  expect(one.model.notice.value).toBe("Theme: light");
  expect(done).toEqual([["prefer", { temperature: "F" }], ["prefer", { theme: "light" }]]);
});

test("keys: AltGr and Option belong to the sign that they print, and to nothing else", () => {
  const command = (key: string, held: readonly string[]) => {
    const event = {
      key,
      ctrlKey: held.includes("Control"),
      metaKey: held.includes("Meta"),
      shiftKey: false,
      altKey: held.includes("Alt"),
      getModifierState: (name: string) => held.includes(name),
    };
    return read(strokeOf(event))[0]!;
  };
  // Windows, Linux, Mac.
  expect(command("[", ["Control", "Alt", "AltGraph"])).toBe("previous-alert");
  expect(command("]", ["AltGraph"])).toBe("next-alert");
  expect(command("]", ["Alt"])).toBe("next-alert");
  expect(command("d", ["Alt"])).toBeNull();
  expect(command("1", ["Alt"])).toBeNull();
  expect(command("ArrowLeft", ["Alt"])).toBeNull();
  expect(command("[", ["Meta"])).toBeNull();
  expect(command("-", ["Control"])).toBeNull();
  expect(command("k", ["Control"])).toBe("palette");
});
