/** The first paint, as text: what is true before and without any script. */
import { expect, test } from "bun:test";
import { h } from "preact";
import { render } from "preact-render-to-string";
import { TemperatureHistogram } from "../../islands/TemperatureHistogram.tsx";
import { renderPage, scriptJson } from "../../routes/page.tsx";
import { NO_ACTIONS } from "../../src/browser/actions.ts";
import { BoardModel } from "../../src/browser/board_model.ts";
import { rangeNamed } from "../../src/browser/ranges.ts";
import { FakeFleet } from "../e2e/support/fake_fleet.ts";
import { fakeStatus } from "../e2e/support/fake_status.ts";
import { liveFleet, NOW_MS, pageState } from "./samples.ts";

const ASSETS = {
  script: "/assets/client-1.js",
  theme: "/assets/theme-1.js",
  stream: "/assets/stream-1.js",
  style: "/assets/page-1.css",
  viewsStyle: "/assets/views-1.css",
  icon: "/assets/i.svg",
};
const page = (state = pageState()) => renderPage({ ...state, assets: ASSETS });
/** The markup as people read it. */
const words = (html: string) =>
  html.slice(html.indexOf("<body>"), html.indexOf('<script type="application/json"'))
    .replace(/<[^>]*>/g, " ").replaceAll("\u202f", " ").replace(/\s+/g, " ");

test("page: shows board, history and newest readings without a script", () => {
  const fleet = liveFleet();
  const text = words(page(pageState(fleet)));
  expect(text).toContain("All 60 hosts normal");
  expect(text).toContain("Snapshot data 0.0 s old");
  expect(text).toContain(
    `Average temperature ${fleet.board(NOW_MS).figures.temp_c.value!.toFixed(1)}`,
  );
  expect(text).toContain(fleet.newest[0]!.host_id);
  expect(text).toContain("02:42:56 UTC");
  expect(page().match(/class="sketch-line region-\d" d="M-?[\d.]+ [\d.]+L/g)?.length).toBe(3);
});

test("page: has no inline style, script or handler, and no other origin", () => {
  const html = page();
  expect(html).not.toMatch(/\sstyle=/);
  expect(html).not.toMatch(/\son[a-z]+=/);
  expect(html.match(/<script\b[^>]*>/g)).toEqual([
    `<script src="${ASSETS.theme}">`,
    `<script type="module" src="${ASSETS.script}">`,
    `<script type="application/json" id="page-state">`,
  ]);
  expect(html.match(/(?:href|src)="(?:[a-z]+:)?\/\/[^"]*"/g)).toBeNull();
});

test("page: without JavaScript there is a link to refresh, and links for every range", () => {
  const html = page();
  expect(html).toMatch(/<noscript[^>]*>.*<a href="\/">Refresh<\/a>/);
  expect(html).toContain('href="/?range=24h"');
  expect(page({ ...pageState(), search: "?range=1h" })).toContain(
    'href="/?range=1h" aria-current="true"',
  );
});

test("page: names from outside stay text, in markup and in the handed-over state", () => {
  const evil = `<img src=x onerror=alert(1)></script><!--"'&`;
  const fleet = new FakeFleet({ regions: [evil, "India"] });
  fleet.second(NOW_MS);
  fleet.trouble(evil, evil, "critical", NOW_MS);
  const html = page(pageState(fleet));
  expect(html).not.toContain("<img");
  expect(html).not.toContain("<!--");
  expect(html.match(/<\/script>/g)?.length).toBe(3);
  const state = html.slice(html.indexOf('id="page-state">') + 16, html.lastIndexOf("</script>"));
  expect(JSON.parse(state).board.regions[0].region).toBe(evil);
});

test("page: an empty program says what it waits for, with no zero for what is not measured", () => {
  const fleet = new FakeFleet();
  const text = words(page(pageState(fleet, { series: [], histogram: null, alerts: [] })));
  expect(text).toContain("No hosts yet");
  expect(text).toContain("Average temperature – first minute");
  expect(text).toContain("No CPU load in this span yet.");
  expect(text).toContain("Nothing has come in yet.");
});

test("page: a store that is away leaves the live board standing", () => {
  const away = { series: null, histogram: null, alerts: null };
  const text = words(page(pageState(liveFleet(), away)));
  expect(text).toContain("History is missing: the store could not be asked.");
  expect(text).toContain("All 60 hosts normal");
});

test("page: the demo says so and shows how to send a first line, live mode does not", () => {
  const demo = words(page());
  expect(demo).toContain("This is a simulated fleet.");
  expect(demo).toContain("| nc -w 1 127.0.0.1 9989");
  const live = words(
    page(pageState(liveFleet(), { status: { ...fakeStatus(NOW_MS), mode: "live" } })),
  );
  expect(live).not.toContain("simulated");
});

test("page: any number of regions gets its own look", () => {
  const fleet = new FakeFleet({ regions: Array.from("abcdefghijkl") });
  fleet.second(NOW_MS);
  const html = page(pageState(fleet));
  expect(html).toContain('class="sketch-line region-4 dash-1"');
  expect(words(html)).toContain("7 more");
});

test("page: the state in its script can't end or open anything", () => {
  const text = scriptJson({ a: "</script><!--\u2028" });
  expect(text).toBe('{"a":"\\u003c/script>\\u003c!--\\u2028"}');
  expect(JSON.parse(text)).toEqual({ a: "</script><!--\u2028" });
});

test("page: an unknown range is the default one", () => {
  expect(rangeNamed("everything").name).toBe("5m");
});

test("page: counts that are kept keep the words of their own stretch", () => {
  const model = new BoardModel(pageState());
  const when = () =>
    words(`<body>${render(h(TemperatureHistogram, { model, actions: NO_ACTIONS }))}`);
  expect(when()).toContain("last 5 min");
  model.change({ range: rangeNamed("1h") });
  model.distribution.value = { state: "loading", message: "" };
  expect(when()).toContain("5 min to 02:42:56");
  const window = { fromMs: NOW_MS - 3_600_000, toMs: NOW_MS };
  model.histogram.value = { ...liveFleet().histogram(), window };
  model.distribution.value = { state: "ready", message: "" };
  expect(when()).toContain("last 1 h");
});
