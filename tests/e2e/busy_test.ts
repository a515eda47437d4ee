/** The page in a real Chromium, in the past of a server that has no room for the question yet. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { findChromium, launchChromium, watchedPage } from "./support/chromium.ts";
import { FakeServer } from "./support/fake_server.ts";
import { until } from "../support/rackwatch.ts";

setDefaultTimeout(60_000);

const path = findChromium();
let browser: Browser;
let fake: FakeServer;
if (path !== null) {
  beforeAll(async () => {
    browser = await launchChromium(path);
    fake = await FakeServer.start();
  });
  afterAll(async () => {
    await fake.stop();
    await browser.close();
  });
  test(
    "a view keeps its picture while the server is busy, and asks when it was told to",
    busyHosts,
  );
}

const BUSY = {
  status: 503,
  headers: { "Retry-After": "1" },
  json: { error: { code: "too_many_questions", message: "Too many ask." } },
};

interface Grid {
  /** While it is true, the server has no room. */
  busy: boolean;
  /** From a refusal to the question that follows it; the answer's way to the page is in it. */
  readonly pausesMs: number[];
}

/** Answers `/api/grid`, or says that there is no room for the question. */
async function gridOf(page: Page): Promise<Grid> {
  const grid: Grid = { busy: true, pausesMs: [] };
  let refusedAtMs: number | null = null;
  await page.route("**/api/grid?*", async (route) => {
    if (refusedAtMs !== null) grid.pausesMs.push(performance.now() - refusedAtMs);
    refusedAtMs = grid.busy ? performance.now() : null;
    if (grid.busy) return await route.fulfill(BUSY);
    const metric = new URL(route.request().url()).searchParams.get("metric");
    const hosts = [`by-${metric}`];
    const region = { region: "India", hosts, values: [50], ages_s: [1], states: ["ok"] };
    await route.fulfill({ json: { at: "2025-11-21T02:42:56Z", metric, regions: [region] } });
  });
  return grid;
}

async function busyHosts(): Promise<void> {
  const { page } = await watchedPage(browser, fake.url);
  const grid = await gridOf(page);
  const at = new Date(Date.now() - 1_800_000).toISOString();
  await page.goto(`${fake.url}/?view=hosts&at=${encodeURIComponent(at)}`);
  await page.locator(".hosts .empty", { hasText: "Loading" }).waitFor();
  await until(() => grid.pausesMs.length, (pauses) => pauses > 0);
  grid.busy = false;
  await page.locator(".hosts-counts", { hasText: "1 host" }).waitFor();

  grid.busy = true;
  const asked = grid.pausesMs.length;
  await page.getByRole("button", { name: "Voltage" }).first().click();
  await until(() => grid.pausesMs.length, (pauses) => pauses > asked);
  expect(await page.locator(".hosts-counts").innerText()).toContain("1 host");
  expect(await page.locator('.hosts [data-state="failed"]').count()).toBe(0);
  const answer = page.waitForResponse((one) => one.ok() && one.url().includes("metric=voltage"));
  grid.busy = false;
  await answer;
  expect(Math.min(...grid.pausesMs)).toBeGreaterThan(990);
  await page.context().close();
}
