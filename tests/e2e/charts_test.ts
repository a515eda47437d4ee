/** The charts view in a real Chromium, on a live process: crosshair, brush, ghost, heatmap, files. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Download, Locator, Page } from "playwright-core";
import type { Status } from "../../src/model/status.ts";
import { json, start, type Started, temporaryDirectory, until } from "../support/rackwatch.ts";
import { findChromium, launchChromium, type PageOptions, watchedPage } from "./support/chromium.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

setDefaultTimeout(60_000);

const DEMO = ["up", "--demo", "--feed", "tcp://127.0.0.1:0", "--http", "127.0.0.1:0"];
const METRICS = ["cpu_load", "temp_c", "power_watts", "voltage"] as const;
const HOUR_MS = 3_600_000;
/** Answers to hands; uPlot draws it once somebody points at it. */
const OVERVIEW_CHART = '.chart-plot[role="application"]';
/** All of the view at once: nothing lies under the time bar. */
const TALL = { viewport: { width: 1440, height: 1900 } };

const path = findChromium();
let browser: Browser;
if (path !== null) {
  beforeAll(async () => {
    browser = await launchChromium(path);
  });
  afterAll(() => browser.close());
  for (const kind of HOT_STORES) describe(`charts of up, ${kind.name}`, () => charts(kind));
}

function charts(kind: (typeof HOT_STORES)[number]): void {
  const store = kind.make();
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let rackwatch: Started;
  let url = "";
  /** Held still half a day ago, in the middle of the batch layer's history. */
  let past = "";

  beforeAll(async () => {
    directory = await temporaryDirectory();
    rackwatch = start([...DEMO, "--data-dir", directory.path], store);
    url = await rackwatch.url();
    const status = () => json<Status>(`${url}/api/status`);
    await until(
      status,
      ({ layers: { batch, speed } }) => batch.files === 3 && speed.committed_rows > 0,
    );
    past = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 12 * HOUR_MS).toISOString();
  });
  afterAll(async () => {
    expect(await rackwatch.stop()).toBe(0);
    await store.drop();
    await directory[Symbol.asyncDispose]();
  });

  const open = async (search: string, options: PageOptions = {}) => {
    const watched = await watchedPage(browser, url, options);
    await watched.page.goto(`${url}/${search}`);
    return { ...watched, [Symbol.asyncDispose]: () => watched.page.context().close() };
  };
  const openCharts = async (more = "") => {
    const opened = await open(`?view=charts&at=${encodeURIComponent(past)}&range=6h${more}`, TALL);
    await drawn(opened.page);
    return opened;
  };

  test("a brush in one chart zooms all four and the address; back undoes it", async () => {
    await using opened = await openCharts();
    const { page, complaints } = opened;
    const before = page.url();
    const labels = await Promise.all(METRICS.map((metric) => picture(page, metric)));
    await drag(page, plotOf(page, "temp_c"), 0.25, 0.5);
    await page.waitForURL(/range=\d+s/);
    const query = new URL(page.url()).searchParams;
    const seconds = Number(/^(\d+)s$/.exec(query.get("range") ?? "")?.[1]);
    expect(Math.abs(seconds - 6 * 3_600 / 4)).toBeLessThan(120);
    const endMs = Date.parse(past) - 3 * HOUR_MS;
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
    await using opened = await openCharts();
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
    await using opened = await openCharts();
    const { page } = opened;
    const box = await boxOf(plotOf(page, "voltage"));
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
    await until(() => crosshairs(page), (all) => all.every((x) => x !== null));
    const slotMs = Date.parse(past) - 6 * HOUR_MS + Math.floor(0.4 * 360) * 60_000;
    const query = `metric=temp_c&region=India&from=${slotMs - 300_000}&to=${slotMs + 300_000}`;
    const { mean } = await json<{ mean: (number | null)[] }>(
      `${url}/api/series?${query}&points=10`,
    );
    const shown = await rowOf(page, "India").locator("td").nth(1).innerText();
    const near = mean.filter((value) => value !== null).map((value) => value.toFixed(1));
    expect(near).toContain(/^[\d.]+/.exec(shown)?.[0] ?? "");
    await page.mouse.move(5, 5);
    await until(() => crosshairs(page), (all) => all.every((x) => x === null));
  });

  test("a region's button draws it alone, and again all", async () => {
    await using opened = await openCharts();
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

  test("a ghost is drawn in each chart and named in the legend", async () => {
    await using opened = await openCharts();
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
    await using opened = await open(`?at=${encodeURIComponent(past)}&range=1h&metric=temp_c`, TALL);
    const { page, complaints } = opened;
    await page.hover(OVERVIEW_CHART);
    await page.waitForSelector(".chart .u-over");
    await page.waitForSelector('.chart .note[data-state="ready"]');
    const picture = () =>
      page.locator(".chart canvas").evaluate((one) => (one as HTMLCanvasElement).toDataURL());
    const before = await picture();
    const fromMs = Date.parse(past) - HOUR_MS;
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

  test("the heatmap says what a cell holds, and a drag on it zooms", async () => {
    await using opened = await openCharts();
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

  test("each chart is exported as CSV, NDJSON and PNG", async () => {
    await using opened = await openCharts("&ghost=1d");
    const { page, complaints } = opened;
    await page.waitForSelector(".ghost-note");
    const csv = await exported(page, '[data-metric="temp_c"]', "CSV");
    const stamp = (atMs: number) => new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, "");
    const toMs = Date.parse(past);
    expect(csv.name)
      .toBe(`rackwatch-temp_c-${stamp(toMs - 6 * HOUR_MS)}-${stamp(toMs)}.csv`);
    const lines = new TextDecoder().decode(csv.bytes).trimEnd().split("\r\n");
    expect(lines.shift()).toBe("start,region,metric,mean,min,max,count");
    const query = `metric=temp_c&region=India&from=${toMs - 6 * HOUR_MS}&to=${toMs}&points=360`;
    const series = await json<{ t: number[]; mean: (number | null)[]; count: number[] }>(
      `${url}/api/series?${query}`,
    );
    const wanted = series.t.flatMap((atMs, index) =>
      series.mean[index] === null
        ? []
        : [[new Date(atMs).toISOString(), series.mean[index], series.count[index]]]
    );
    expect(wanted.length).toBeGreaterThan(100);
    const inRange = lines.map((line) => line.split(","))
      .filter(([start, region]) => region === "India" && Date.parse(start!) >= series.t[0]!);
    expect(inRange.map(([start, , , mean, , , count]) => [start, Number(mean), Number(count)]))
      .toEqual(
        wanted.map(([start, mean, count]) => [start, Number(Number(mean).toFixed(6)), count]),
      );
    const ndjson = await exported(page, '[data-metric="temp_c"]', "NDJSON");
    const rows = new TextDecoder().decode(ndjson.bytes).trimEnd().split("\n")
      .map((line) => Object.values(JSON.parse(line) as object).join(","));
    expect(rows).toEqual(lines);
    for (const panel of ['[data-metric="power_watts"]', ".heatmap"]) {
      expectPicture((await exported(page, panel, "PNG")).bytes);
    }
    expect(complaints).toEqual([]);
  });

  test("a host's charts are exported at the cursor's range, as the store holds them", async () => {
    const [found] = await json<{ hosts: { host_id: string; region: string }[] }>(
      `${url}/api/hosts?region=Germany&limit=1`,
    ).then(({ hosts }) => hosts);
    const { host_id, region } = found!;
    const named = `host=${encodeURIComponent(host_id)}&region=${region}`;
    await using opened = await open(
      `?view=host&${named}&at=${encodeURIComponent(past)}&range=6h`,
      TALL,
    );
    const { page, complaints } = opened;
    await page.waitForSelector('.host-chart[data-metric="temp_c"] .u-over');
    const csv = await exported(page, ".host-charts", "CSV");
    expect(csv.name).toStartWith(`rackwatch-host-${host_id}-`);
    expect(csv.name).toEndWith(`-${past.replace(/[-:]|\.\d+/g, "")}.csv`);
    const lines = new TextDecoder().decode(csv.bytes).trimEnd().split("\r\n");
    expect(lines.shift()).toBe("start,host_id,region,metric,mean,min,max,count");
    const toMs = Date.parse(past);
    const query = `host_id=${host_id}&region=${region}&from=${toMs - 6 * HOUR_MS}&to=${toMs}`;
    let rows = 0;
    for (const metric of METRICS) {
      const series = await json<{ t: number[]; mean: (number | null)[]; count: number[] }>(
        `${url}/api/series?metric=${metric}&${query}&points=360`,
      );
      const wanted = series.t.flatMap((atMs, index) => {
        const mean = series.mean[index] ?? null;
        if (mean === null) return [];
        return [[new Date(atMs).toISOString(), Number(mean.toFixed(6)), series.count[index]!]];
      });
      const cells = lines.map((line) => line.split(","))
        .filter((each) => each[1] === host_id && each[2] === region && each[3] === metric);
      expect(cells.map(([start, , , , mean, , , count]) => [start, Number(mean), Number(count)]))
        .toEqual(wanted);
      rows += wanted.length;
    }
    expect(rows).toBeGreaterThan(0);
    expect(lines).toHaveLength(rows);
    const ndjson = await exported(page, ".host-charts", "NDJSON");
    expect(new TextDecoder().decode(ndjson.bytes).trimEnd().split("\n")).toHaveLength(rows);
    expectPicture((await exported(page, ".host-charts", "PNG")).bytes);
    expect(complaints).toEqual([]);
  });

  test("two moments of the grid stand side by side, below each other on a narrow screen", async () => {
    const earlier = new Date(Date.parse(past) - HOUR_MS).toISOString();
    await using opened = await open(
      `?view=hosts&metric=temp_c&at=${encodeURIComponent(past)}`,
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
    const own = await json<Grid>(`${url}/api/grid?metric=temp_c&at=${encodeURIComponent(past)}`);
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
        `${url}/?view=hosts&at=${encodeURIComponent(past)}&vs=${encodeURIComponent(vs)}`,
      );
      await grids.nth(1).waitFor();
    }
    expect(await page.locator(".hosts-pair h3").last().innerText()).toBe("Now");
    await page.setViewportSize({ width: 390, height: 1_600 });
    await until(boxes, ([upper, lower]) => lower.y > upper.y && Math.abs(lower.x - upper.x) < 2);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(complaints).toEqual([]);
  });

  for (
    const [panel, search, columns] of [
      [".volume", "?at=", "at,region,readings,per_second,newest"],
      [".histogram", "?at=", "start,end,region,metric,from,to,count"],
      [
        ".hosts",
        "?view=hosts&metric=temp_c&at=",
        "at,host_id,region,metric,value,state,age_s",
      ],
    ] as const
  ) {
    test(`what ${panel} shows is exported as CSV, NDJSON and PNG`, async () => {
      await using opened = await open(`${search}${encodeURIComponent(past)}&range=6h`, TALL);
      const { page, complaints } = opened;
      await page.waitForSelector(`${panel} .region-name, ${panel} canvas`);
      const csv = new TextDecoder().decode((await exported(page, panel, "CSV")).bytes);
      const [head, ...rows] = csv.trimEnd().split("\r\n");
      expect(head).toBe(columns);
      expect(rows.filter((row) => row.includes(",India,")).length).toBeGreaterThan(0);
      const ndjson = await exported(page, panel, "NDJSON");
      expect(new TextDecoder().decode(ndjson.bytes).trimEnd().split("\n")).toHaveLength(
        rows.length,
      );
      expectPicture((await exported(page, panel, "PNG")).bytes);
      expect(complaints).toEqual([]);
    });
  }

  test("the overview's chart is the same picture whether somebody pointed at it or not", async () => {
    await using opened = await open(`?at=${encodeURIComponent(past)}&range=6h&metric=temp_c`, TALL);
    const { page, complaints } = opened;
    await page.waitForSelector(OVERVIEW_CHART);
    await page.waitForSelector('.chart .note[data-state="ready"]');
    // By keys: a pointer on the menu would be over the chart when the menu closes.
    const byKeys = async () => {
      const menu = page.locator(".chart .export");
      await menu.locator("summary").press("Enter");
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        menu.getByRole("button", { name: "PNG" }).press("Enter"),
      ]);
      return bytesOf(download);
    };
    const unseen = await byKeys();
    expect(await page.locator(".chart canvas").count()).toBe(0);
    expect(await page.locator(".chart .sketch").count()).toBe(1);
    await page.focus(OVERVIEW_CHART);
    await page.waitForSelector(".chart .u-over");
    const seen = await byKeys();
    expectPicture(unseen);
    expect(Buffer.from(unseen).equals(Buffer.from(seen))).toBe(true);
    expect(complaints).toEqual([]);
  });

  test("the overview's chart zooms by brush, and one turn of the wheel is one step back", async () => {
    await using opened = await open(`?at=${encodeURIComponent(past)}&range=6h&metric=temp_c`);
    const { page, complaints } = opened;
    await page.waitForSelector(OVERVIEW_CHART);
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
    await using opened = await open("?view=charts&range=1h", TALL);
    const { page } = opened;
    await page.waitForSelector('.connection[data-tone="good"]');
    await drawn(page);
    await drag(page, plotOf(page, "cpu_load"), 0.3, 0.6);
    await page.waitForURL(/[?&]at=20/);
    await page.waitForSelector('.connection[data-tone="past"]');
  });
}

async function drawn(page: Page): Promise<void> {
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

const plotOf = (page: Page, metric: string) => page.locator(`[data-metric="${metric}"] .u-over`);
const rowOf = (page: Page, region: string) =>
  page.locator(".charts-legend tbody tr", { hasText: region });

async function boxOf(element: Locator) {
  await element.scrollIntoViewIfNeeded();
  const box = await element.boundingBox();
  if (box === null) throw new Error("the element is not on the page");
  return box;
}

/** A drag from one part of the width to another. */
async function drag(page: Page, element: Locator, from: number, to: number): Promise<void> {
  const box = await boxOf(element);
  const y = box.y + box.height / 3;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * (from + to) / 2, y + 3, { steps: 3 });
  await page.mouse.move(box.x + box.width * to, y, { steps: 3 });
  await page.mouse.up();
}

/** What is drawn, as text. */
const picture = (page: Page, metric: string) =>
  page.locator(`[data-metric="${metric}"] canvas`)
    .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());

/** Where each chart's crosshair stands, in pixels from the plot's left; null: nowhere. */
function crosshairs(page: Page): Promise<(number | null)[]> {
  return page.evaluate((metrics) =>
    metrics.map((metric) => {
      const line = document.querySelector<HTMLElement>(`[data-metric="${metric}"] .u-cursor-x`);
      if (line === null || line.classList.contains("u-off")) return null;
      return new DOMMatrix(getComputedStyle(line).transform).m41;
    }), METRICS);
}

async function exported(page: Page, panel: string, format: string) {
  const menu = page.locator(`${panel} .export`);
  await menu.locator("summary").click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    menu.getByRole("button", { name: format, exact: true }).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: await bytesOf(download) };
}

function expectPicture(bytes: Uint8Array): void {
  expect(new TextDecoder("latin1").decode(bytes.subarray(1, 4))).toBe("PNG");
  expect(bytes.length).toBeGreaterThan(5_000);
}

async function bytesOf(download: Download): Promise<Uint8Array> {
  return await Bun.file(await download.path()).bytes();
}
