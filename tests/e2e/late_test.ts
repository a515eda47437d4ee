/** Readings that came late, in a real Chromium: marked with a word in lists and on charts. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { json, start, temporaryDirectory, until } from "../support/rackwatch.ts";
import { connectAgent, lineNow } from "./support/agent.ts";
import { findChromium, launchChromium, watchedPage } from "./support/chromium.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

setDefaultTimeout(60_000);

const UP = ["up", "--no-demo", "--no-open", "--feed", "none", "--listen", "127.0.0.1:0"];

const path = findChromium();
let browser: Browser;
if (path !== null) {
  beforeAll(async () => {
    browser = await launchChromium(path);
  });
  afterAll(() => browser.close());
  for (const kind of HOT_STORES) test(`late readings are marked, ${kind.name}`, () => late(kind));
}

async function late(kind: (typeof HOT_STORES)[number]): Promise<void> {
  await using directory = await temporaryDirectory();
  const store = kind.make();
  const words = [...UP, "--http", "127.0.0.1:0", "--data-dir", directory.path];
  await using rackwatch = start(words, store);
  const url = await rackwatch.url();
  using agent = await connectAgent(await rackwatch.address("listening for agents"));
  await until(() => fetch(`${url}/readyz`), (answer) => answer.ok);
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  const lateAt = ago(20);
  await agent.send([
    lineNow("rack-1", { region: "Home", timestamp: lateAt, temp_c: 41 }),
    lineNow("rack-1", { region: "Home", timestamp: ago(1), temp_c: 42 }),
    lineNow("rack-2", { region: "Home", temp_c: 43 }),
  ]);
  const flagged = () =>
    json<{ timestamp: string; flags?: string[] }[]>(`${url}/api/readings?region=Home&flags=1`);
  const rows = await until(flagged, (found) => found.length === 3);
  expect(rows.map((row) => row.flags ?? [])).toEqual([[], [], ["late"]]);
  const odd = await json<unknown>(`${url}/api/readings/odd?host_id=rack-1`);
  expect(odd).toEqual({ readings: [{ timestamp: lateAt, flags: ["late"] }], more: false });

  const { page, complaints } = await watchedPage(browser, url);
  await page.goto(`${url}/?metric=temp_c`);
  await page.waitForSelector('.connection[data-tone="good"]');
  const feed = page.locator(".feed tbody tr");
  await feed.nth(2).waitFor();
  expect(await feed.filter({ hasText: "late" }).count()).toBe(1);
  expect(await feed.filter({ hasText: "late" }).locator("time").getAttribute("datetime"))
    .toBe(lateAt);

  // The chart's mark needs no eyes for colours: without it the very same picture is another one.
  await page.route(
    "**/api/readings/odd?*",
    (route) => route.fulfill({ json: { readings: [], more: false } }),
  );
  const host = `${url}/?view=host&host=rack-1&region=Home&range=1h&at=${new Date().toISOString()}`;
  const answered = () => page.waitForResponse((one) => one.url().includes("/api/readings/odd"));
  const picture = () =>
    page.locator('.host-chart[data-metric="temp_c"] canvas')
      .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const frames = () =>
    page.evaluate(() =>
      new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
    );
  const first = answered();
  await page.goto(host);
  await first;
  await page.waitForSelector('.host-chart[data-metric="temp_c"] canvas');
  await frames();
  expect(await page.locator(".odd-note").count()).toBe(0);
  const without = await picture();
  await page.unroute("**/api/readings/odd?*");
  await page.goto(host);
  await page.waitForSelector(".odd-note");
  expect(await page.locator(".odd-note").innerText()).toContain("an odd time: 1 late");
  await until(picture, (now) => now !== without);
  const row = page.locator(".host-readings tbody tr", { hasText: "late" });
  await row.first().waitFor();
  expect(await row.count()).toBe(1);
  await row.locator("button").click();
  await page.waitForSelector(".reading-oddity");
  await lateInRegions(page, url, lateAt);

  // While somebody looks at now, another one comes.
  await page.goto(`${url}/?metric=temp_c&range=1h`);
  await page.waitForSelector('.connection[data-tone="good"]');
  const note = () => page.locator(".legend .late-note").innerText();
  expect(await note()).toBe("▲ late: Home 1");
  expect(await page.locator(".sketch-late").allTextContents()).toEqual(["▲ 1 late"]);
  await agent.send([lineNow("rack-2", { region: "Home", timestamp: ago(25), temp_c: 44 })]);
  await until(note, (now) => now === "▲ late: Home 2");
  expect(complaints).toEqual([]);
  await page.context().close();
  expect(await rackwatch.stop()).toBe(0);
  await store.drop();
}

/** Charts by region at a moment of the past: the mark, and what says the same without eyes for it. */
async function lateInRegions(page: Page, url: string, lateAt: string): Promise<void> {
  const window = `from=${new Date(Date.parse(lateAt) - 60_000).toISOString()}&to=${
    new Date(Date.parse(lateAt) + 60_000).toISOString()
  }`;
  const series = await json<{ t: number[]; late: number[]; step_ms: number }>(
    `${url}/api/series?metric=temp_c&region=Home&points=12&flags=1&${window}`,
  );
  const startMs = Math.floor(Date.parse(lateAt) / series.step_ms) * series.step_ms;
  expect(series.late).toEqual(series.t.map((atMs) => atMs === startMs ? 1 : 0));

  const at = `at=${new Date().toISOString()}&range=1h&metric=temp_c`;
  await page.goto(`${url}/?${at}`);
  await page.waitForSelector('.chart .note[data-state="ready"]');
  expect(await page.locator(".legend .late-note").innerText()).toBe("▲ late: Home 1");
  expect(await page.locator(".histogram-head").innerText()).toMatch(/· 1 late$/);
  await page.click(".chart .as-table summary");
  await page.waitForSelector(".chart .cell-late");
  expect(await page.locator(".chart .cell-late").allInnerTexts()).toEqual(["1 late"]);
  await page.focus(".chart-plot");
  await page.keyboard.press("Home");
  const said = page.locator(".chart-body [aria-live]");
  await until(() => said.innerText(), (text) => text.endsWith("; came late: Home 1"));

  const canvases = ['[data-metric="temp_c"] canvas', ".heatmap-canvas"];
  const pictures = () =>
    Promise.all(
      canvases.map((canvas) =>
        page.locator(canvas).evaluate((one) => (one as HTMLCanvasElement).toDataURL())
      ),
    );
  // The very same charts, were it not for what came late.
  const asked = /\/api\/(series|heatmap)\?/;
  await page.route(asked, async (route) => {
    const answer = await (await route.fetch()).json() as { late: number[] };
    await route.fulfill({ json: { ...answer, late: answer.late.map(() => 0) } });
  });
  const charts = async () => {
    await page.goto(`${url}/?view=charts&${at}`);
    await page.waitForSelector('[data-metric="temp_c"] .u-over');
    await page.waitForSelector('.heatmap .note[data-state="ready"]');
    await page.waitForSelector('.charts-view .note[data-state="ready"]');
    await page.evaluate(() =>
      new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
    );
  };
  await charts();
  const without = await pictures();
  expect(await page.locator(".late-note").count()).toBe(0);
  await page.unroute(asked);
  await charts();
  await page.waitForSelector(".charts-view .late-note");
  await until(pictures, (now) => now.every((one, index) => one !== without[index]));
  expect(await page.locator(".heatmap .note").last().innerText()).toContain("▲ 1 came late");
}
