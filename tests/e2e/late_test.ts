/** Readings that came late, in a real Chromium: marked with a word in lists and on charts. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
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
  expect(complaints).toEqual([]);
  await page.context().close();
  expect(await rackwatch.stop()).toBe(0);
  await store.drop();
}
