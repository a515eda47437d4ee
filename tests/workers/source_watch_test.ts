/** Which declared sources are said to be silent, and when; the time is the test's. */
import { expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { createLog } from "../../src/log.ts";
import type { SourceHealth } from "../../src/model/source_health.ts";
import type { SourceTraffic } from "../../src/model/status.ts";
import { type LayersHeard, SourceWatch } from "../../src/workers/source_watch.ts";

const START_MS = Date.UTC(2026, 0, 1);
const USUAL_S = LIMITS.sourceSilentAfterMs / 1000;
const LIVE = { listen: true, host_id: "h", timestamp: "t", temp_c: "c" };
const SOURCES = [
  { name: "usual", ...LIVE },
  { name: "quick", silent_after_s: 10, ...LIVE },
  { name: "never", silent_after_s: 0, ...LIVE },
  { name: "lab", path: "lab/*.csv" },
  { name: "daily", path: "daily/*.csv", silent_after_s: 86_400 },
];

interface Options {
  readonly runs?: { readonly speed: boolean; readonly batch: boolean };
  readonly scrapes?: readonly unknown[];
  readonly redfish?: readonly unknown[];
  readonly agents?: readonly string[];
  readonly heard?: ReadonlyMap<string, number>;
}

function begin(
  { runs = { speed: true, batch: true }, scrapes = [], redfish = [], agents = [], heard }: Options =
    {},
) {
  const said: Record<string, unknown>[] = [];
  const watch = new SourceWatch({
    sources: SOURCES,
    scrapes,
    redfish,
    configFile: null,
    agentSilentAfterMs: LIMITS.sourceSilentAfterMs,
    runs,
    tokens: { names: [...agents], heard: heard ?? new Map() },
    startedMs: START_MS,
    log: createLog({
      format: "json",
      area: "main",
      write: (line) => void said.push(JSON.parse(line)),
    }),
  });
  const look = (seconds: number, layers: Partial<Layers> = {}) =>
    watch.health(layersOf(layers), START_MS + seconds * 1000);
  return { watch, said, look };
}

interface Layers {
  /** Seconds after the start, by name. */
  readonly live: Readonly<Record<string, number>>;
  readonly files: Readonly<Record<string, number>>;
  readonly scraped: Readonly<Record<string, number | null>>;
  readonly agents: Readonly<Record<string, number>>;
}

const isoAt = (seconds: number) => new Date(START_MS + seconds * 1000).toISOString();

function layersOf({ live = {}, files = {}, scraped = {}, agents = {} }: Partial<Layers>) {
  const traffic = (heard: Readonly<Record<string, number>>): SourceTraffic[] =>
    Object.entries(heard).map(([name, seconds]) => ({
      name,
      records: 1,
      last_record: isoAt(seconds),
      schema_changes: 0,
    }));
  const scrapes = Object.entries(scraped).map(([url, seconds]) => ({
    url,
    last_record: seconds === null ? null : isoAt(seconds),
  }));
  return {
    speed: { sources: traffic(live), scrapes },
    batch: { sources: traffic(files) },
    agents: new Map(
      Object.entries(agents).map(([name, seconds]) => [name, START_MS + seconds * 1000]),
    ),
  } as unknown as LayersHeard;
}

const silent = (health: readonly SourceHealth[]) =>
  health.filter((one) => one.silent).map(({ name }) => name);

test("a source that was never heard is silent after as long as it may be", () => {
  const { look } = begin();
  expect(silent(look(10))).toEqual([]);
  expect(silent(look(11))).toEqual(["quick"]);
  expect(silent(look(USUAL_S + 1))).toEqual(["usual", "quick", "lab"]);
  expect(silent(look(86_401))).toEqual(["usual", "quick", "lab", "daily"]);
});

test("a source that falls silent is so by its own time, and files by theirs alone", () => {
  const { look } = begin();
  const heard = { live: { usual: 100, quick: 100, never: 100 }, files: { lab: 100, daily: 100 } };
  expect(silent(look(110, heard))).toEqual([]);
  expect(silent(look(111, heard))).toEqual(["quick"]);
  expect(silent(look(101 + USUAL_S, heard))).toEqual(["usual", "quick"]);
  expect(silent(look(100 + 86_401, heard))).toEqual(["usual", "quick", "daily"]);
});

test("it says when it was heard, and for how long not", () => {
  const { look } = begin();
  expect(look(117.5, { live: { quick: 100 } }).find(({ name }) => name === "quick")).toEqual({
    kind: "live",
    name: "quick",
    declared: true,
    last_record: "2026-01-01T00:01:40Z",
    silent_s: 17,
    silent_after_s: 10,
    silent: true,
  });
});

test("what was missed while nobody listened counts from the start on", () => {
  const { look } = begin();
  const yesterday = { live: { usual: -86_400, quick: -86_400 } };
  expect(silent(look(5, yesterday))).toEqual([]);
  const [, quick] = look(11, yesterday);
  expect(quick).toMatchObject({ silent: true, silent_s: 86_411 });
});

test("targets and agents with a token are watched too, however they are heard", () => {
  const url = "http://rack-7:9100/metrics", slow = "http://rack-8:9100/metrics";
  const { look } = begin({
    scrapes: [{ url, silent_after_s: 30 }, { url: slow, every_s: 60 }],
    redfish: [{ url: "https://bmc-7/" }],
    agents: ["a", "b", "c"],
    heard: new Map([["b", START_MS + 500_000]]),
  });
  const health = look(600, {
    live: { usual: 600, quick: 600 },
    files: { lab: 0 },
    scraped: { [url]: 500, [slow]: null },
    agents: { a: 550, b: 10 },
  });
  expect(silent(health)).toEqual([url, "https://bmc-7/", "c"]);
  expect(health.find(({ name }) => name === slow)?.silent_after_s).toBe(600);
});

test("a built-in source is told once it was heard, and never said to be silent", () => {
  const { look } = begin();
  expect(look(9_000, { live: { feed: 1 } }).find(({ name }) => name === "feed")).toMatchObject({
    declared: false,
    silent: false,
    silent_s: 8_999,
  });
});

test("of layers that do not run nothing is said", () => {
  expect(begin({ runs: { speed: false, batch: false }, agents: ["a"] }).look(9_000)).toEqual([]);
});

test("the log tells once that one is silent, and once that it is heard again", () => {
  const { watch, said, look } = begin();
  const others = { live: { usual: 20 }, files: { lab: 20, daily: 20 } };
  const at = (seconds: number, quick: number | null) =>
    watch.tell(look(seconds, {
      ...others,
      live: { ...others.live, ...(quick === null ? {} : { quick }) },
    }));
  at(5, null);
  at(11, null);
  at(12, null);
  at(13, 13);
  at(24, 13);
  expect(said.map(({ message, source }) => [message, source])).toEqual([
    ["a source was never heard", "quick"],
    ["a source is heard again", "quick"],
    ["a source has fallen silent", "quick"],
  ]);
});
