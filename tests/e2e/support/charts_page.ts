/** A demo's process with half a day of history, its pages of charts, and hands on them. */
import { afterAll, beforeAll, describe, expect } from "bun:test";
import type { Browser, Locator, Page } from "playwright-core";
import type { Status } from "../../../src/model/status.ts";
import { json, start, type Started, temporaryDirectory, until } from "../../support/rackwatch.ts";
import {
  findChromium,
  launchChromium,
  type PageOptions,
  type WatchedPage,
  watchedPage,
} from "./chromium.ts";
import { HOT_STORES } from "./hot_stores.ts";

const DEMO = ["up", "--demo", "--feed", "tcp://127.0.0.1:0", "--http", "127.0.0.1:0"];
export const METRICS = ["cpu_load", "temp_c", "power_watts", "voltage"] as const;
export const HOUR_MS = 3_600_000;
/** All of the view at once: nothing lies under the time bar. */
export const TALL = { viewport: { width: 1440, height: 1900 } };

export interface OpenedPage extends WatchedPage, AsyncDisposable {}

/** What tests have once they run; nothing of it is there before. */
export class ChartsSite {
  url = "";
  /** Held still half a day ago, in the middle of the batch layer's history. */
  past = "";
  browser!: Browser;

  /** The page at what follows the site's address. */
  async open(search: string, options: PageOptions = {}): Promise<OpenedPage> {
    const watched = await watchedPage(this.browser, this.url, options);
    await watched.page.goto(`${this.url}/${search}`);
    return { ...watched, [Symbol.asyncDispose]: () => watched.page.context().close() };
  }

  /** The view of charts, held still, with everything drawn. */
  async openCharts(more = ""): Promise<OpenedPage> {
    const at = encodeURIComponent(this.past);
    const opened = await this.open(`?view=charts&at=${at}&range=6h${more}`, TALL);
    await drawn(opened.page);
    return opened;
  }
}

/** The tests on each hot store, with a process of their own; none where there is no Chromium. */
export function describeCharts(what: string, tests: (site: ChartsSite) => void): void {
  const path = findChromium();
  if (path === null) return;
  for (const kind of HOT_STORES) {
    describe(`${what} of up, ${kind.name}`, () => {
      const site = new ChartsSite();
      const store = kind.make();
      let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
      let rackwatch: Started;
      beforeAll(async () => {
        site.browser = await launchChromium(path);
        directory = await temporaryDirectory();
        rackwatch = start([...DEMO, "--data-dir", directory.path], store);
        site.url = await rackwatch.url();
        await until(
          () => json<Status>(`${site.url}/api/status`),
          ({ layers: { batch, speed } }) => batch.files === 3 && speed.committed_rows > 0,
        );
        const hourMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
        site.past = new Date(hourMs - 12 * HOUR_MS).toISOString();
      });
      afterAll(async () => {
        await site.browser.close();
        expect(await rackwatch.stop()).toBe(0);
        await store.drop();
        await directory[Symbol.asyncDispose]();
      });
      tests(site);
    });
  }
}

export async function boxOf(element: Locator) {
  await element.scrollIntoViewIfNeeded();
  const box = await element.boundingBox();
  if (box === null) throw new Error("the element is not on the page");
  return box;
}

/** A drag from one part of the width to another. */
export async function drag(page: Page, element: Locator, from: number, to: number): Promise<void> {
  const box = await boxOf(element);
  const y = box.y + box.height / 3;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * (from + to) / 2, y + 3, { steps: 3 });
  await page.mouse.move(box.x + box.width * to, y, { steps: 3 });
  await page.mouse.up();
}

export async function drawn(page: Page): Promise<void> {
  for (const metric of METRICS) await page.waitForSelector(`[data-metric="${metric}"] .u-over`);
  // A process that has just begun to hear its feed names its regions one after the other.
  await page.waitForSelector(".charts-legend tbody tr:nth-child(3)");
  await page.waitForSelector('.charts-view .note[data-state="ready"]');
  await page.waitForFunction(() =>
    document.querySelector(".heatmap .note[data-state]")?.textContent?.includes("readings per")
  );
  // What came with the last answer is drawn in the next frame.
  await page.evaluate(() =>
    new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  );
}

/** What is drawn, as text. */
export const picture = (page: Page, metric: string) =>
  page.locator(`[data-metric="${metric}"] canvas`)
    .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());

export const plotOf = (page: Page, metric: string) =>
  page.locator(`[data-metric="${metric}"] .u-over`);
export const rowOf = (page: Page, region: string) =>
  page.locator(".charts-legend tbody tr", { hasText: region });
