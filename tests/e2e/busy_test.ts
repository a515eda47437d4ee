/** The page in a real Chromium, in the past of a server that has no room for the question yet. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { findChromium, launchChromium, watchedPage } from "./support/chromium.ts";
import { FakeServer } from "./support/fake_server.ts";

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

/** Answers `/api/grid`; of `states.busy` questions it says that it has no room. */
async function gridOf(page: Page, states: { busy: number }): Promise<number[]> {
  const askedAtMs: number[] = [];
  await page.route("**/api/grid?*", async (route) => {
    askedAtMs.push(performance.now());
    if (states.busy-- > 0) return await route.fulfill(BUSY);
    const metric = new URL(route.request().url()).searchParams.get("metric");
    const hosts = [`by-${metric}`];
    const region = { region: "India", hosts, values: [50], ages_s: [1], states: ["ok"] };
    await route.fulfill({ json: { at: "2025-11-21T02:42:56Z", metric, regions: [region] } });
  });
  return askedAtMs;
}

async function busyHosts(): Promise<void> {
  const { page } = await watchedPage(browser, fake.url);
  const states = { busy: 2 };
  const askedAtMs = await gridOf(page, states);
  const at = new Date(Date.now() - 1_800_000).toISOString();
  await page.goto(`${fake.url}/?view=hosts&at=${encodeURIComponent(at)}`);
  await page.locator(".hosts .empty", { hasText: "Loading" }).waitFor();
  await page.locator(".hosts-counts", { hasText: "1 host" }).waitFor();
  expect(askedAtMs.length).toBe(3);

  states.busy = 1;
  await page.getByRole("button", { name: "Voltage" }).first().click();
  await page.waitForResponse((answer) => answer.url().includes("metric=voltage"));
  expect(await page.locator(".hosts-counts").innerText()).toContain("1 host");
  expect(await page.locator('.hosts [data-state="failed"]').count()).toBe(0);
  await page.waitForResponse((answer) => answer.ok() && answer.url().includes("metric=voltage"));
  const gapsMs = askedAtMs.slice(1).map((atMs, index) => atMs - askedAtMs[index]!);
  for (const gapMs of [gapsMs[0]!, gapsMs[1]!, gapsMs.at(-1)!]) expect(gapMs).toBeGreaterThan(900);
  await page.context().close();
}
