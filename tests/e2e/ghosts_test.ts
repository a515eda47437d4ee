/** Two moments at once in a real Chromium: an earlier stretch as a ghost, two grids side by side. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { json, until } from "../support/rackwatch.ts";
import {
  boxOf,
  describeCharts,
  HOUR_MS,
  METRICS,
  picture,
  rowOf,
  TALL,
} from "./support/charts_page.ts";
import { exported } from "./support/exported.ts";

setDefaultTimeout(60_000);

describeCharts("two moments", (site) => {
  test("a ghost is drawn in each chart and named in the legend", async () => {
    await using opened = await site.openCharts();
    const { page, complaints } = opened;
    const before = await Promise.all(METRICS.map((metric) => picture(page, metric)));
    await page.click('.tabs >> text="1 day earlier"');
    await page.waitForSelector(".ghost-note");
    expect(page.url()).toContain("ghost=1d");
    expect(await page.locator(".ghost-note").innerText()).toContain("1 day earlier");
    for (const [index, metric] of METRICS.entries()) {
      await until(() => picture(page, metric), (now) => now !== before[index]);
    }
    expect(await rowOf(page, "India").locator(".ghost-value").nth(1).innerText()).toMatch(/\d/);
    expect(complaints).toEqual([]);
  });

  test("the overview's chart has a ghost too: by the address, in words, in the file", async () => {
    await using opened = await site.open(
      `?at=${encodeURIComponent(site.past)}&range=1h&metric=temp_c`,
      TALL,
    );
    const { page, complaints } = opened;
    await page.hover('.chart-plot[role="application"]');
    await page.waitForSelector(".chart .u-over");
    await page.waitForSelector('.chart .note[data-state="ready"]');
    const picture = () =>
      page.locator(".chart canvas").evaluate((one) => (one as HTMLCanvasElement).toDataURL());
    const before = await picture();
    const fromMs = Date.parse(site.past) - HOUR_MS;
    const asked = page.waitForResponse((answer) => {
      const { pathname, searchParams } = new URL(answer.url());
      return pathname === "/api/series" && searchParams.get("region") === "India" &&
        Number(searchParams.get("from")) === fromMs - HOUR_MS;
    });
    await page.locator(".chart .ghost-choice").selectOption("1h");
    const { t, mean } = await (await asked).json() as { t: number[]; mean: (number | null)[] };
    await page.waitForURL(/ghost=1h/);
    await page.waitForSelector(".chart .ghost-note");
    expect(await page.locator(".chart .ghost-note").innerText()).toContain("1 h earlier, dashed: ");
    await until(picture, (now) => now !== before);
    const csv = new TextDecoder().decode((await exported(page, ".chart", "CSV")).bytes);
    const rows = csv.split("\r\n").map((line) => line.split(","));
    const at = mean.findIndex((value, index) => value !== null && t[index]! >= fromMs - HOUR_MS);
    const row = rows.find(([start, region]) =>
      region === "India" && start === new Date(t[at]!).toISOString()
    );
    expect(Number(row?.[3])).toBeCloseTo(mean[at]!, 5);
    // The same link says the same to somebody else; without a ghost it is gone.
    await page.reload();
    await page.waitForSelector(".chart .ghost-note");
    await page.waitForSelector(".chart .legend .ghost-value");
    await page.locator(".chart .ghost-choice").selectOption("1w");
    await page.waitForSelector('.ghost-note:has-text("Nothing was recorded then")');
    await page.locator(".chart .ghost-choice").selectOption("");
    await page.waitForSelector(".ghost-note", { state: "detached" });
    expect(page.url()).not.toContain("ghost");
    expect(complaints).toEqual([]);
  });

  test("two moments of the grid stand side by side, below each other on a narrow screen", async () => {
    const earlier = new Date(Date.parse(site.past) - HOUR_MS).toISOString();
    await using opened = await site.open(
      `?view=hosts&metric=temp_c&at=${encodeURIComponent(site.past)}`,
      TALL,
    );
    const { page, complaints } = opened;
    await page.waitForSelector(".host-grid canvas");
    const asked = page.waitForResponse((answer) => {
      const { pathname, searchParams } = new URL(answer.url());
      return pathname === "/api/grid" && searchParams.get("at") === String(Date.parse(earlier));
    });
    await page.locator('select[name="beside"]').selectOption("1h");
    await page.waitForURL(/vs=1h/);
    type Grid = { regions: { region: string; hosts: string[]; values: (number | null)[] }[] };
    const then = await (await asked).json() as Grid;
    const grids = page.locator(".hosts-pair .host-grid canvas");
    await grids.nth(1).waitFor();
    const boxes = async () => [await boxOf(grids.nth(0)), await boxOf(grids.nth(1))] as const;
    const [left, right] = await boxes();
    expect(right.x).toBeGreaterThan(left.x + left.width);
    // The largest difference is what the two answers say.
    const own = await json<Grid>(
      `${site.url}/api/grid?metric=temp_c&at=${encodeURIComponent(site.past)}`,
    );
    const valuesOf = ({ regions }: Grid) =>
      new Map(
        regions.flatMap(({ region, hosts, values }) =>
          hosts.map((host, at) => [`${region}/${host}`, values[at] ?? null] as const)
        ),
      );
    const before = valuesOf(then);
    const apart = [...valuesOf(own)].map(([host, value]) => {
      const other = before.get(host) ?? null;
      return value === null || other === null ? 0 : Math.abs(value - other);
    });
    const shown = page.locator(".hosts-changes tbody tr").first().locator("td").last();
    const difference = Number((await shown.innerText()).replace("−", "-"));
    expect(Math.abs(difference)).toBeCloseTo(Math.max(...apart), 1);
    // A link with a moment of its own, or with now, opens the same.
    for (const vs of [earlier, "now"]) {
      await page.goto(
        `${site.url}/?view=hosts&at=${encodeURIComponent(site.past)}&vs=${encodeURIComponent(vs)}`,
      );
      await grids.nth(1).waitFor();
    }
    expect(await page.locator(".hosts-pair h3").last().innerText()).toBe("Now");
    await page.setViewportSize({ width: 390, height: 1_600 });
    await until(boxes, ([upper, lower]) => lower.y > upper.y && Math.abs(lower.x - upper.x) < 2);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(complaints).toEqual([]);
  });
});
