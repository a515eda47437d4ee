import { expect, test } from "bun:test";
import {
  DEFAULT_PREFERENCES,
  DEFAULT_TASTE,
  type Preferences,
  readPreferences,
  writePreferences,
} from "../../src/browser/preferences.ts";
import { themeName } from "../../src/browser/theme.ts";

function store() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}

test("preferences: kept choices come back", () => {
  const choice: Preferences = {
    taste: {
      temperature: "F",
      zone: "UTC",
      hours: "12",
      theme: "contrast",
      singleKeys: false,
      countScale: "log",
    },
    refreshSeconds: 0.1,
    metric: "temp_c",
    firstRunClosed: true,
  };
  const one = store();
  writePreferences(one, choice);
  expect(readPreferences(one)).toEqual(choice);
});

test("preferences: anything else is the default", () => {
  const one = store();
  const junk = [
    ...["", "null", "7", '{"taste":7}', '{"taste":null}'],
    '{"refreshSeconds":0.0001,"metric":"__proto__","taste":{"temperature":"K","theme":"pink"}}',
  ];
  for (const text of junk) {
    one.kept.set("rackwatch", text);
    expect(readPreferences(one)).toEqual(DEFAULT_PREFERENCES);
  }
});

test("preferences: what an older page kept still holds", () => {
  const one = store();
  one.kept.set("rackwatch", '{"refreshSeconds":5,"metric":"voltage","firstRunClosed":true}');
  expect(readPreferences(one)).toEqual({
    taste: DEFAULT_TASTE,
    refreshSeconds: 5,
    metric: "voltage",
    firstRunClosed: true,
  });
});

test("theme: a chosen one holds; the system's is left to the style sheet, unless it wants contrast", () => {
  expect([themeName("dark", true), themeName("light", false)]).toEqual(["dark", "light"]);
  expect([themeName("system", false), themeName("system", true)]).toEqual([null, "contrast"]);
});
