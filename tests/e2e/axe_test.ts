/** What axe-core finds on every view, in both themes, on a live process: nothing. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import axe from "axe-core";
import type { Browser } from "playwright-core";
import { type ViewName, VIEWS } from "../../src/browser/address.ts";
import { METRICS } from "../../src/model/reading.ts";
import type { Status } from "../../src/model/status.ts";
import { json, start, type Started, temporaryDirectory, until } from "../support/rackwatch.ts";
import { findChromium, launchChromium, watchedPage } from "./support/chromium.ts";

setDefaultTimeout(60_000);

const path = findChromium();
const DEMO = ["up", "--demo", "--feed", "tcp://127.0.0.1:0", "--http", "127.0.0.1:0"];
/** Tall enough that nothing lies under the bar of time, as on a page that is scrolled to it. */
const WHOLE = { width: 1440, height: 4_000 };
/** WCAG 2.2 AA, and what axe takes for good practice. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What stands on a view once its answers have come. */
const SHOWN: Readonly<Record<ViewName, readonly string[]>> = {
  overview: ['.chart-plot[role="application"]', ".histogram .histogram-row"],
  hosts: [".host-grid canvas", ".scale-bar"],
  host: [".host-name", ".host-charts canvas", ".host-readings tbody tr"],
  charts: [
    ...METRICS.map((metric) => `[data-metric="${metric}"] .u-over`),
    ".heatmap .as-table",
    ".unusual :is(tbody tr, .empty:not([role=status]))",
  ],
  alerts: [".alert-rows > li"],
  quality: [".ledger tbody tr", ".sources tbody tr", ".reject-groups :is(tbody tr, .empty)"],
};

if (path !== null) describe("axe", () => everyView(path));

function everyView(executable: string): void {
  let browser: Browser;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let rackwatch: Started;
  let url = "";

  beforeAll(async () => {
    browser = await launchChromium(executable);
    directory = await temporaryDirectory();
    rackwatch = start([...DEMO, "--data-dir", directory.path]);
    url = await rackwatch.url();
    await until(
      () => json<Status>(`${url}/api/status`),
      ({ layers: { batch, speed } }) => batch.files === 3 && speed.committed_rows > 0,
    );
  });
  afterAll(async () => {
    await browser.close();
    expect(await rackwatch.stop()).toBe(0);
    await directory[Symbol.asyncDispose]();
  });

  for (const colorScheme of ["light", "dark"] as const) {
    for (const view of VIEWS) {
      test(`finds nothing on the view ${view}, ${colorScheme}`, async () => {
        const { page } = await watchedPage(browser, url, { colorScheme, viewport: WHOLE });
        const host = view === "host" ? `&host=${await anyHost(url)}` : "";
        await page.goto(`${url}/?view=${view}${host}`);
        await page.waitForSelector('.connection[data-tone="good"]');
        await page.waitForSelector("canvas.timeline-strip");
        for (const selector of SHOWN[view]) await page.waitForSelector(selector);
        await page.evaluate(axe.source);
        const found = await page.evaluate(async (tags) => {
          const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run({
            runOnly: tags,
          });
          return violations.flatMap(({ id, nodes }) =>
            nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`)
          );
        }, TAGS);
        expect(found).toEqual([]);
        await page.context().close();
      });
    }
  }
}

async function anyHost(url: string): Promise<string> {
  const { hosts } = await json<{ hosts: { host_id: string; region: string }[] }>(
    `${url}/api/hosts?limit=1`,
  );
  return `${encodeURIComponent(hosts[0]!.host_id)}&region=${encodeURIComponent(hosts[0]!.region)}`;
}
