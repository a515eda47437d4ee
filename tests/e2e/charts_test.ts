/** Linked charts in a real Chromium, on a live process: crosshair, brush, wheel, heatmap. */
import { expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { json, until } from "../support/rackwatch.ts";
import {
  boxOf,
  describeCharts,
  drag,
  drawn,
  HOUR_MS,
  METRICS,
  picture,
  plotOf,
  rowOf,
  TALL,
} from "./support/charts_page.ts";

setDefaultTimeout(60_000);

describeCharts("charts", (site) => {
  test("a brush in one chart zooms all four and the address; back undoes it", async () => {
    await using opened = await site.openCharts();
    const { page, complaints } = opened;
    const before = page.url();
    const labels = await Promise.all(METRICS.map((metric) => picture(page, metric)));
    await drag(page, plotOf(page, "temp_c"), 0.25, 0.5);
    await page.waitForURL(/range=\d+s/);
    const query = new URL(page.url()).searchParams;
    const seconds = Number(/^(\d+)s$/.exec(query.get("range") ?? "")?.[1]);
    expect(Math.abs(seconds - 6 * 3_600 / 4)).toBeLessThan(120);
    const endMs = Date.parse(site.past) - 3 * HOUR_MS;
    expect(Math.abs(Date.parse(query.get("at") ?? "") - endMs)).toBeLessThan(120_000);
    for (const [index, metric] of METRICS.entries()) {
      await until(() => picture(page, metric), (now) => now !== labels[index]);
    }
    await page.waitForFunction(() =>
      /^\d+(\.\d)? min to /.test(document.querySelector(".charts-view .note")?.textContent ?? "")
    );
    await page.goBack();
    await page.waitForURL(before);
    await until(() => picture(page, "temp_c"), (now) => now === labels[1]);
    expect(complaints).toEqual([]);
  });

  test("the keyboard's crosshair stands in all four at once, and what is there is said", async () => {
    await using opened = await site.openCharts();
    const { page, complaints } = opened;
    expect(await crosshairs(page)).toEqual([null, null, null, null]);
    const chart = page.locator('[data-metric="cpu_load"] .chart-plot');
    await chart.focus();
    await page.keyboard.press("End");
    await until(() => crosshairs(page), (all) => all.every((x) => x !== null));
    const [last] = await crosshairs(page);
    for (let step = 0; step < 20; step++) await page.keyboard.press("ArrowLeft");
    const all = await until(() => crosshairs(page), ([x = null]) => x !== null && x < last! - 5);
    for (const x of all) expect(Math.abs(x! - all[0]!)).toBeLessThanOrEqual(1);
    const when = await page.locator(".charts-when").innerText();
    expect(when).toMatch(/\d\d:\d\d:\d\d/);
    const said = await page.locator('[data-metric="cpu_load"] [aria-live]').innerText();
    expect(said).toStartWith(when);
    expect(said).toMatch(/India \d+\.\d/);
    // A stretch chosen with Shift is what Enter zooms to.
    for (let step = 0; step < 30; step++) await page.keyboard.press("Shift+ArrowLeft");
    await page.waitForFunction(() =>
      [...document.querySelectorAll<HTMLElement>(".charts-view .u-select")]
        .filter((one) => one.offsetWidth > 3).length === 4
    );
    await page.keyboard.press("Enter");
    await page.waitForURL(/range=\d+s/);
    expect(complaints).toEqual([]);
  });

  test("pointing at one chart points at all, and the legend says the store's values", async () => {
    await using opened = await site.openCharts();
    const { page } = opened;
    const box = await boxOf(plotOf(page, "voltage"));
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
    await until(() => crosshairs(page), (all) => all.every((x) => x !== null));
    const slotMs = Date.parse(site.past) - 6 * HOUR_MS + Math.floor(0.4 * 360) * 60_000;
    const query = `metric=temp_c&region=India&from=${slotMs - 300_000}&to=${slotMs + 300_000}`;
    const { mean } = await json<{ mean: (number | null)[] }>(
      `${site.url}/api/series?${query}&points=10`,
    );
    const shown = await rowOf(page, "India").locator("td").nth(1).innerText();
    const near = mean.filter((value) => value !== null).map((value) => value.toFixed(1));
    expect(near).toContain(/^[\d.]+/.exec(shown)?.[0] ?? "");
    await page.mouse.move(5, 5);
    await until(() => crosshairs(page), (all) => all.every((x) => x === null));
  });

  test("a region's button draws it alone, and again all", async () => {
    await using opened = await site.openCharts();
    const { page } = opened;
    const before = await picture(page, "temp_c");
    const button = rowOf(page, "India").locator("button");
    await button.focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/[?&]region=India/);
    expect(await button.getAttribute("aria-pressed")).toBe("true");
    await page.waitForSelector('#heatmap-title:has-text("India")');
    await until(() => picture(page, "temp_c"), (now) => now !== before);
    await page.keyboard.press("Enter");
    await page.waitForURL((to) => !to.searchParams.has("region"));
  });

  test("the heatmap says what a cell holds, and a drag on it zooms", async () => {
    await using opened = await site.openCharts();
    const { page, complaints } = opened;
    const canvas = page.locator(".heatmap-canvas");
    await canvas.focus();
    await page.keyboard.press("ArrowUp");
    await page.waitForFunction(() =>
      /°C: [1-9]\d* readings/.test(document.querySelector(".heatmap-said")?.textContent ?? "")
    );
    await page.click(".heatmap .as-table summary");
    await page.waitForSelector(".heatmap tbody tr:nth-child(12)");
    await drag(page, canvas, 0.4, 0.7);
    await page.waitForURL(/range=\d+s/);
    expect(complaints).toEqual([]);
  });

  test("the overview's chart zooms by brush, and one turn of the wheel is one step back", async () => {
    await using opened = await site.open(
      `?at=${encodeURIComponent(site.past)}&range=6h&metric=temp_c`,
    );
    const { page, complaints } = opened;
    await page.waitForSelector('.chart-plot[role="application"]');
    await page.waitForSelector('.chart .note[data-state="ready"]');
    const first = page.url();
    // The first that is done with it: what draws the brush is not even loaded yet.
    await drag(page, page.locator(".chart .sketch"), 0.5, 0.75);
    await page.waitForURL((to) => to.searchParams.get("range")?.endsWith("s") === true);
    const second = page.url();
    const box = await boxOf(page.locator(".chart .u-over"));
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.keyboard.down("Control");
    for (let turn = 0; turn < 4; turn++) await page.mouse.wheel(0, -120);
    await page.keyboard.up("Control");
    await page.waitForURL((to) => to.href !== second);
    await page.goBack();
    await page.waitForURL(second);
    await page.goBack();
    await page.waitForURL(first);
    expect(complaints).toEqual([]);
  });

  test("a live chart that is zoomed to its past holds still", async () => {
    await using opened = await site.open("?view=charts&range=1h", TALL);
    const { page } = opened;
    await page.waitForSelector('.connection[data-tone="good"]');
    await drawn(page);
    await drag(page, plotOf(page, "cpu_load"), 0.3, 0.6);
    await page.waitForURL(/[?&]at=20/);
    await page.waitForSelector('.connection[data-tone="past"]');
  });
});

/** Where each chart's crosshair stands, in pixels from the plot's left; null: nowhere. */
function crosshairs(page: Page): Promise<(number | null)[]> {
  return page.evaluate((metrics) =>
    metrics.map((metric) => {
      const line = document.querySelector<HTMLElement>(`[data-metric="${metric}"] .u-cursor-x`);
      if (line === null || line.classList.contains("u-off")) return null;
      return new DOMMatrix(getComputedStyle(line).transform).m41;
    }), METRICS);
}
