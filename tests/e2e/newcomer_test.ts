/** A newcomer's first question, in a real Chromium: who was too hot, and what was it like before? */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { json, start, temporaryDirectory, until } from "../support/rackwatch.ts";
import { findChromium, launchChromium, watchedPage } from "./support/chromium.ts";

setDefaultTimeout(60_000);

const DEMO = ["up", "--demo", "--feed", "tcp://127.0.0.1:0", "--http", "127.0.0.1:0"];

const path = findChromium();
let browser: Browser;
if (path !== null) {
  beforeAll(async () => {
    browser = await launchChromium(path);
  });
  afterAll(() => browser.close());
  test("an alert on the overview leads to what its host was like just before", justBefore);
}

async function justBefore(): Promise<void> {
  await using directory = await temporaryDirectory();
  await using rackwatch = start([...DEMO, "--data-dir", directory.path]);
  const url = await rackwatch.url();
  await until(() => fetch(`${url}/readyz`), (answer) => answer.ok);
  await until(() => json<unknown[]>(`${url}/api/alerts?limit=1`), (found) => found.length > 0);
  const { page, complaints } = await watchedPage(browser, url);
  await page.goto(url);
  await page.waitForSelector('.connection[data-tone="good"]');
  const row = page.locator(".alert-item").first();
  // In one turn of the page: alerts go on to come, and the first one may be another one then.
  const { host, openedAt } = await row.evaluate((one) => {
    one.querySelector<HTMLElement>(".alert-before")!.click();
    return {
      host: one.querySelector(".alert-jump")!.firstChild!.textContent!,
      openedAt: one.querySelector("time")!.getAttribute("datetime"),
    };
  });
  await page.waitForURL(/view=host/);
  const query = new URL(page.url()).searchParams;
  expect(query.get("host")).toBe(host);
  expect(query.get("range")).toBe("1h");
  expect(Date.parse(query.get("at")!)).toBe(Date.parse(openedAt!));
  await page.waitForSelector('.host-chart[data-metric="temp_c"] canvas');
  expect(await page.locator(".host-name").innerText()).toBe(host);
  await page.goBack();
  await page.waitForSelector(".alert-item");
  expect(complaints).toEqual([]);
  await page.context().close();
  expect(await rackwatch.stop()).toBe(0);
}
