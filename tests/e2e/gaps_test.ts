/** A stretch in which nothing came, in a real Chromium: nothing is drawn there. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { Status } from "../../src/model/status.ts";
import { json, start, temporaryDirectory, until } from "../support/rackwatch.ts";
import { connectAgent } from "./support/agent.ts";
import { findChromium, launchChromium, watchedPage } from "./support/chromium.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

setDefaultTimeout(60_000);

const MINUTE_MS = 60_000;
const UP = ["up", "--no-demo", "--no-open", "--feed", "none", "--listen", "127.0.0.1:0"];

const path = findChromium();
let browser: Browser;
if (path !== null) {
  beforeAll(async () => {
    browser = await launchChromium(path);
  });
  afterAll(() => browser.close());
  for (const kind of HOT_STORES) test(`a gap is a gap, ${kind.name}`, () => gap(kind));
}

/** A reading every 10 s of half an hour, but none in its middle ten minutes. */
function lines(endMs: number): string[] {
  const agoMs = Array.from({ length: 180 }, (_, at) => at * 10_000 + 5_000);
  return agoMs.filter((ago) => ago < 10 * MINUTE_MS || ago > 20 * MINUTE_MS).map((ago) =>
    JSON.stringify({
      ...{ host_id: "rack-1", region: "Home", temp_c: 50 },
      timestamp: new Date(endMs - ago).toISOString(),
    })
  );
}

async function gap(kind: (typeof HOT_STORES)[number]): Promise<void> {
  await using directory = await temporaryDirectory();
  const store = kind.make();
  const words = [...UP, "--http", "127.0.0.1:0", "--data-dir", directory.path];
  await using rackwatch = start(words, store);
  const url = await rackwatch.url();
  using agent = await connectAgent(await rackwatch.address("listening for agents"));
  const endMs = Date.now();
  const sent = lines(endMs);
  await agent.send(sent);
  await until(
    () => json<Status>(`${url}/api/status`),
    ({ layers: { speed } }) => speed.committed_rows === sent.length,
  );
  const { page, complaints } = await watchedPage(browser, url, { colorScheme: "light" });
  const at = `at=${new Date(endMs).toISOString()}&range=1800s&metric=temp_c`;
  for (
    const [address, plot] of [
      [`/?${at}`, ".chart"],
      [`/?view=charts&${at}`, '[data-metric="temp_c"]'],
      [`/?view=host&host=rack-1&region=Home&${at}`, '.host-chart[data-metric="temp_c"]'],
    ] as const
  ) {
    await page.goto(url + address);
    // It answers to hands by then; before, nobody would notice them.
    if (plot === ".chart") await page.hover('.chart-plot[role="application"]');
    await page.waitForSelector(`${plot} .u-over`);
    const drawn = (part: number) => linePixels(page, plot, part);
    await until(() => drawn(0.15), (pixels) => pixels > 0);
    expect(await drawn(0.85)).toBeGreaterThan(0);
    for (const part of [0.38, 0.5, 0.62]) {
      expect([plot, part, await drawn(part)]).toEqual([plot, part, 0]);
    }
  }
  expect(complaints).toEqual([]);
  await page.context().close();
  expect(await rackwatch.stop()).toBe(0);
  await store.drop();
}

/** How many pixels have the line's colour in a narrow column, at that part of the plot's width. */
function linePixels(page: Page, plot: string, part: number): Promise<number> {
  return page.evaluate(([plot, part]) => {
    const canvas = document.querySelector<HTMLCanvasElement>(`${plot} canvas`)!;
    const over = document.querySelector<HTMLElement>(`${plot} .u-over`)!;
    const ratio = canvas.width / canvas.clientWidth;
    const left = over.getBoundingClientRect().left - canvas.getBoundingClientRect().left;
    const x = Math.round((left + over.clientWidth * part) * ratio);
    const copy = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
    copy.canvas.height = canvas.height;
    copy.drawImage(canvas, -x, 0);
    const { data } = copy.getImageData(0, 0, 6, canvas.height);
    const [red, green, blue] = [0x0a, 0x6e, 0xc2];
    const isNear = (at: number, wanted: number) => Math.abs(data[at]! - wanted) < 40;
    let pixels = 0;
    for (let at = 0; at < data.length; at += 4) {
      const isSolid = data[at + 3]! > 200;
      if (isSolid && isNear(at, red) && isNear(at + 1, green) && isNear(at + 2, blue)) pixels++;
    }
    return pixels;
  }, [plot, part] as const);
}
