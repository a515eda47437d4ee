/** Thirty configured regions with odd names, none of the demo's, in a real Chromium. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { VIEWS } from "../../src/browser/address.ts";
import { compareNames } from "../../src/browser/regions.ts";
import type { Status } from "../../src/model/status.ts";
import { json, start, type Started, temporaryDirectory, until } from "../support/rackwatch.ts";
import { type Agent, connectAgent } from "./support/agent.ts";
import { findChromium, launchChromium, type PageOptions, watchedPage } from "./support/chromium.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

setDefaultTimeout(60_000);

const REGIONS = 30;
const MINUTES = 20;
const ODD_NAMES = [
  ...["Zürich – Süd", "東京 / 港区", "دبي", "São Paulo & Co.", "<b>Plant</b>", "=1+1", "Ω"],
  ...[`O'Hare "B"`, "__proto__", "constructor", "null", "🚀 Launch site", "x".repeat(64)],
];
const NAMES = [
  ...ODD_NAMES,
  ...Array.from({ length: REGIONS - ODD_NAMES.length }, (_, at) => `Plant ${at}`),
].sort(compareNames);
const LAST = NAMES.at(-1)!;
const HOST = `rack/1?a=b#c%20 <i> é`;
const CONFIG = `
[[source]]
name = "plants"
path = "plants/*.csv"
csv = { delimiter = ";" }
region = { column = "site" }
host_id = "machine"
timestamp = { column = "at", format = "epoch_ms" }
temp_c = { column = "heat", unit = "fahrenheit" }
cpu_load = { column = "busy", unit = "fraction" }

[[source]]
name = "plants-live"
listen = true
region = { column = "site" }
host_id = "machine"
timestamp = { column = "at", format = "epoch_ms" }
temp_c = { column = "heat", unit = "fahrenheit" }
cpu_load = { column = "busy", unit = "fraction" }
`;

/** One host a region; that of the last one has an odd name as well. */
const hostOf = (region: string) => region === LAST ? HOST : `m-${NAMES.indexOf(region)}`;
const heatOf = (region: string) => 100 + NAMES.indexOf(region);

function history(endMs: number): string {
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const rows = ["site;machine;at;heat;busy"];
  for (let minute = MINUTES; minute > 0; minute--) {
    for (const site of NAMES) {
      const atMs = endMs - minute * 60_000;
      rows.push([cell(site), cell(hostOf(site)), atMs, heatOf(site), 0.25].join(";"));
    }
  }
  return rows.join("\n") + "\n";
}

const path = findChromium();
let browser: Browser;
if (path !== null) {
  beforeAll(async () => {
    browser = await launchChromium(path);
  });
  afterAll(() => browser.close());
  for (const kind of HOT_STORES) describe(`thirty regions, ${kind.name}`, () => regions(kind));
}

function regions(kind: (typeof HOT_STORES)[number]): void {
  const store = kind.make();
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let rackwatch: Started;
  let agent: Agent;
  let url = "";

  beforeAll(async () => {
    directory = await temporaryDirectory();
    const config = join(directory.path, "rackwatch.toml");
    await writeFile(config, CONFIG);
    await mkdir(join(directory.path, "plants"));
    await writeFile(join(directory.path, "plants", "all.csv"), history(Date.now()));
    rackwatch = start([
      ...["up", "--config", config, "--data-dir", directory.path, "--feed", "none"],
      ...["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"],
    ], store);
    url = await rackwatch.url();
    agent = await connectAgent(await rackwatch.address("listening for agents"));
    await until(
      () => json<Status>(`${url}/api/status`),
      ({ layers: { batch } }) => batch.rows_loaded === REGIONS * MINUTES,
    );
    await agent.send(NAMES.map((site) =>
      JSON.stringify({
        ...{ site, machine: hostOf(site), at: Date.now() },
        ...{ heat: heatOf(site), busy: 0.25 },
      })
    ));
    await until(
      () => json<Status>(`${url}/api/status`),
      ({ layers: { speed } }) => speed.committed_rows === REGIONS,
    );
  });
  afterAll(async () => {
    agent[Symbol.dispose]();
    expect(await rackwatch.stop()).toBe(0);
    await store.drop();
    await directory[Symbol.asyncDispose]();
  });

  async function open(search: string, options: PageOptions = {}) {
    const watched = await watchedPage(browser, url, options);
    await watched.page.goto(`${url}/${search}`);
    await watched.page.waitForSelector('.connection:is([data-tone="good"], [data-tone="warn"])');
    return { ...watched, [Symbol.asyncDispose]: () => watched.page.context().close() };
  }

  for (const width of [1440, 768, 390]) {
    test(`all of them are on the overview, which fits ${width} px`, async () => {
      await using opened = await open("?range=1h", { viewport: { width, height: 900 } });
      const { page, complaints } = opened;
      const listed = await page.locator(".volume tbody .region-name").allInnerTexts();
      expect(listed).toEqual(NAMES);
      await page.waitForSelector('.chart .note:has-text("6 further regions are not drawn")');
      expect(await page.locator(".chart .legend-item").count()).toBe(24);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(complaints).toEqual([]);
    });
  }

  test("one beyond those that are drawn is drawn once it is chosen, and a link says so", async () => {
    await using opened = await open("?view=charts&range=1h");
    const { page, complaints } = opened;
    await page.waitForSelector(".charts-legend tbody tr:nth-child(24)");
    expect(await page.locator(".charts-legend tbody tr", { hasText: LAST }).count()).toBe(0);
    await page.locator('select[name="heatmap-region"]').selectOption(LAST);
    const own = page.locator(".charts-legend tbody tr", { hasText: LAST });
    await own.locator('button[aria-pressed="true"]').waitFor();
    // 129 °F
    await own.locator('td:has-text("53.9")').waitFor();
    await page.waitForSelector(`#heatmap-title:has-text("${LAST}")`);
    await page.reload();
    await own.locator('button[aria-pressed="true"]').waitFor();
    expect(complaints).toEqual([]);
  });

  test("each has its group of hosts, and a host of any name its page", async () => {
    await using opened = await open("?view=hosts&metric=temp_c");
    const { page, complaints } = opened;
    await page.waitForSelector('.hosts-counts:has-text("30 hosts")');
    expect(await page.locator('select[name="region"] option').allInnerTexts())
      .toEqual(["All", ...NAMES]);
    await page.locator('input[name="host-search"]').fill("#c%20");
    await page.waitForSelector('.hosts-counts:has-text("1 host")');
    await page.click(".hosts .as-table summary");
    await page.click(".hosts .as-table tbody a");
    await page.waitForSelector(".host-readings tbody tr");
    expect(await page.locator(".host-name").innerText()).toBe(HOST);
    await page.waitForSelector('.host-chart[data-metric="temp_c"] canvas');
    await page.locator(".host-readings tbody button").first().click();
    await page.waitForSelector(".host-origin-raw");
    expect(await page.locator(".host-origin-raw").innerText()).toContain(HOST);
    await page.reload();
    await page.waitForSelector(".host-readings tbody tr");
    expect(complaints).toEqual([]);
  });

  test("no view tells of the demo's regions", async () => {
    await using opened = await open("");
    const { page, complaints } = opened;
    for (const view of VIEWS) {
      const host = view === "host" ? "&host=m-0" : "";
      await page.goto(`${url}/?view=${view}${host}`);
      await page.waitForSelector("canvas.timeline-strip");
      expect(await page.locator("body").innerText()).not.toMatch(/India|USA|Germany/);
    }
    expect(complaints).toEqual([]);
  });
}
