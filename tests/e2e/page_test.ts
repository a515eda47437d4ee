/** The page in a real Chromium, against a server that speaks its types and can fail at will. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { formatNumber } from "../../src/browser/format.ts";
import { findChromium, launchChromium, type PageOptions, watchedPage } from "./support/chromium.ts";
import { FakeServer } from "./support/fake_server.ts";

const path = findChromium();
/** The chart, once it answers to hands and keys. */
const CHART = '.chart-plot[role="application"]';
const EVIL = `<img src=x onerror="document.title='run'">`;
let browser: Browser;
let fake: FakeServer;

if (path !== null) {
  beforeAll(async () => {
    browser = await launchChromium(path);
  }, 60_000);
  afterAll(() => browser.close());
  beforeEach(async () => {
    await fake?.stop();
    fake = await FakeServer.start();
  });
  afterAll(() => fake.stop());
  tests();
}

async function open(options: PageOptions = {}, at = "/") {
  const watched = await watchedPage(browser, fake.url, options);
  await watched.page.goto(fake.url + at);
  return watched;
}

const live = (page: Page) => page.waitForSelector('.connection[data-tone="good"]');
const text = (page: Page, selector: string) => page.locator(selector).first().innerText();
/** What stands beside the axes of the chart that the server drew. */
const words = (page: Page) => page.locator(".sketch text").allTextContents();

/** Waits until the element's text is as wanted; what it was last stands in the error. */
async function until(page: Page, selector: string, wanted: (text: string) => boolean) {
  let last = "";
  for (const endMs = Date.now() + 10_000; Date.now() < endMs;) {
    last = await text(page, selector);
    if (wanted(last)) return last;
    await page.waitForFunction(
      ([selector, last]) => document.querySelector<HTMLElement>(selector!)?.innerText !== last,
      [selector, last],
      { timeout: 10_000 },
    ).catch(() => {});
  }
  throw new Error(`${selector} stayed ${JSON.stringify(last)}`);
}

function tests() {
  test("page: comes alive, shows what the feed sends, and nothing complains", async () => {
    const { page, complaints } = await open();
    await live(page);
    const rows = ".volume tbody tr td.number";
    const before = await text(page, rows);
    await until(page, rows, (now) => now !== before);
    // Held still, the page has to say to the digit what was sent.
    fake.stalled = true;
    const sent = formatNumber(fake.fleet.rows.get("Germany")!);
    await until(page, rows, (now) => now === sent);
    expect(await text(page, ".feed tbody th")).toContain(fake.fleet.newest[0]!.host_id);
    expect(await text(page, ".layer[data-layer=speed] .layer-main strong")).toBe("12,345");
    expect(await text(page, ".layer[data-layer=batch] .facts")).toContain("Reconciled up to");
    expect(await text(page, ".zone")).toContain("Europe/Berlin");
    expect(complaints).toEqual([]);
  }, 30_000);

  test(
    "page: the chart moves as the server drew it; uPlot draws it for who looks closer",
    async () => {
      const { page, complaints } = await open();
      await page.waitForSelector(CHART);
      const line = () => page.locator(".sketch-line").first().getAttribute("d");
      const before = await line();
      await page.waitForFunction(
        (before) => document.querySelector(".sketch-line")?.getAttribute("d") !== before,
        before,
      );
      expect(await page.locator(".chart-plot canvas").count()).toBe(0);
      const sketched = await words(page);
      const place = (await page.locator(".sketch").boundingBox())!;
      fake.stalled = true;
      await page.hover(CHART);
      await page.waitForSelector(".chart-plot canvas");
      await page.waitForSelector(".sketch", { state: "detached" });
      // Its lines lie where the sketch's did: nothing jumps under the pointer.
      const over = (await page.locator(".u-over").boundingBox())!;
      for (const side of ["x", "y", "width", "height"] as const) {
        expect([side, Math.abs(over[side] - place[side]) <= 1.5]).toEqual([side, true]);
      }
      expect(sketched).toContain("0");
      expect(sketched).toContain("100");
      await page.waitForSelector(".u-cursor-x:not(.u-off)");
      expect(await text(page, ".legend-when")).toMatch(/\d\d:\d\d:\d\d/);
      expect(complaints).toEqual([]);
    },
    30_000,
  );

  test(
    "page: keys move the chart's crosshair from the first one on, and say what is there",
    async () => {
      const { page, complaints } = await open();
      await page.waitForSelector(CHART);
      await page.focus(CHART);
      await page.keyboard.press("End");
      await page.keyboard.press("ArrowLeft");
      await until(page, ".chart-body [aria-live]", (said) => /USA \d/.test(said));
      await page.waitForSelector(".u-cursor-x:not(.u-off)");
      expect(complaints).toEqual([]);
    },
    30_000,
  );

  test("page: hydration changes nothing that the server said", async () => {
    fake.refusing = true;
    const still = await open({ javaScriptEnabled: false });
    const scripted = await open();
    await scripted.page.waitForSelector("html.scripted");
    const read = (page: Page) => page.locator(".feed tbody").innerText();
    expect((await read(scripted.page)).replace(/\d+:\d+:\d+/g, ""))
      .toBe((await read(still.page)).replace(/\d+:\d+:\d+/g, ""));
  }, 30_000);

  test(
    "page: without JavaScript the state, the history and the refresh link are there",
    async () => {
      fake.fleet.trouble("India", "IND-SRV-1", "critical", Date.now() - 60_000);
      const { page, complaints } = await open({ javaScriptEnabled: false });
      expect(await text(page, ".banner-title")).toBe("1 host critical");
      expect(await page.locator(".sketch-line").count()).toBe(3);
      expect(await page.locator(".sketch-band").count()).toBe(3);
      expect(await words(page)).toEqual(expect.arrayContaining(["0", "20", "100"]));
      expect(await page.locator(".feed tbody tr").count()).toBeGreaterThan(0);
      expect(await page.locator(".controls").isVisible()).toBe(false);
      await page.click(".banner > summary");
      expect(await page.locator(".troubles .host").isVisible()).toBe(true);
      await page.click(".no-script a");
      expect(page.url()).toBe(`${fake.url}/`);
      expect(complaints).toEqual([]);
    },
    30_000,
  );

  test("page: another range asks for its history and keeps its address", async () => {
    const { page, complaints } = await open();
    await live(page);
    await page.click('.tabs >> text="24 h"');
    await until(page, ".chart .note", (note) => note.includes("Mean per 5\u202fmin"));
    expect(page.url()).toBe(`${fake.url}/?range=24h`);
    expect(fake.requests.some((each) => /^GET \/api\/series\?.*points=288/.test(each))).toBe(true);
    await page.goBack();
    await until(page, ".chart .note", (note) => !note.includes("5\u202fmin"));
    expect(complaints).toEqual([]);
  }, 30_000);

  test("page: another measure changes the chart", async () => {
    const { page } = await open();
    await live(page);
    await page.click('.tabs >> text="Voltage"');
    await until(page, "#chart-title", (title) => title === "Voltage by region");
    expect(await page.locator(".chart-plot").getAttribute("aria-label")).toContain("Voltage");
    expect(await text(page, ".chart-body .visually-hidden")).toContain("USA 1");
  }, 30_000);

  test("page: the refresh control opens the stream anew, and is kept", async () => {
    const { page } = await open();
    await live(page);
    await page.locator('input[name="refresh"]').fill("0");
    await until(page, ".controls output", (value) => value === "0.1\u202fs");
    await live(page);
    await page.reload();
    await live(page);
    expect(fake.requests.filter((each) => each === "GET /events?hz=10").length).toBe(2);
    expect(fake.clients).toBe(1);
  }, 30_000);

  test(
    "page: held still, the badge says so and how far behind; one touch is live again",
    async () => {
      const { page } = await open();
      await live(page);
      await page.click('.controls button:has-text("Pause")');
      await until(page, ".connection-state strong", (state) => state === "Paused");
      await until(page, ".connection-detail", (age) => /^[2-9]\.\d\u202fs behind live/.test(age));
      expect(page.url()).toContain("/?at=20");
      await page.click('.controls button:has-text("Live")');
      await live(page);
    },
    30_000,
  );

  test(
    "page: a lost server shows at once, the age goes on, and it comes back by itself",
    async () => {
      const { page } = await open();
      await live(page);
      fake.refusing = true;
      fake.dropStreams();
      await until(page, ".connection-state strong", (state) => state === "Disconnected");
      await until(page, ".connection-detail", (age) => /^data [2-9]/.test(age));
      expect(await page.title()).toContain("Disconnected");
      fake.refusing = false;
      // The page dials again by itself too; where it was quicker, the button is gone.
      await page.evaluate(() => {
        const buttons = [...document.querySelectorAll<HTMLButtonElement>("button")];
        buttons.find((one) => one.textContent === "Retry now")?.click();
      });
      await live(page);
    },
    30_000,
  );

  test("page: an alert shows without waiting for a frame, and is acknowledged", async () => {
    const { page, complaints } = await open();
    await live(page);
    const alert = fake.fleet.trouble("USA", "us-cloud-4711", "critical", Date.now());
    fake.alert({ kind: "opened", alert });
    await until(page, ".alert-items", (list) => list.includes("us-cloud-4711"));
    await until(page, ".banner-title", (title) => title === "1 host critical");
    await until(
      page,
      ".notice + [aria-live]",
      (said) => said.startsWith("Critical: us-cloud-4711"),
    );
    await page.click("text=Acknowledge");
    await page.waitForSelector(".acknowledged .icon-ok");
    const closed = fake.fleet.recover("us-cloud-4711", Date.now())!;
    fake.alert({ kind: "closed", alert: closed });
    await page.waitForSelector('.alert-item[data-state="closed"]');
    expect(complaints).toEqual([]);
  }, 30_000);

  test("page: the banner opens to the hosts concerned, silent ones too", async () => {
    fake.fleet.stalePerRegion = 2;
    fake.fleet.trouble("USA", "us-cloud-7", "warning", Date.now() - 90_000);
    const { page, complaints } = await open();
    await live(page);
    expect(fake.requests.filter((each) => each.includes("/api/hosts"))).toEqual([]);
    await page.click(".banner > summary");
    await until(
      page,
      ".banner-body",
      (body) => body.includes("IND-SRV-1") && body.includes("8\u202fmin"),
    );
    expect(await text(page, ".troubles tbody tr")).toContain("us-cloud-7");
    expect(complaints).toEqual([]);
  }, 30_000);

  test("page: the generator's rate is set, and a refusal is shown", async () => {
    const { page } = await open();
    await live(page);
    await page.locator('input[name="generator-rate"]').fill("16");
    await until(page, ".rate output", (rate) => rate === "as fast as read");
    expect(fake.status.layers.generator.rate).toBe(0);
    fake.generatorError = "There is no simulated feed to set.";
    await page.locator('input[name="generator-rate"]').fill("0");
    await until(page, ".rate", (rate) => rate.includes("There is no simulated feed to set."));
    expect(await text(page, ".rate output")).toBe("as fast as read");
  }, 30_000);

  test("page: a host named as markup is inert everywhere", async () => {
    await fake.stop();
    fake = await FakeServer.start({ regions: [EVIL, "India"] });
    const alert = fake.fleet.trouble(EVIL, EVIL, "critical", Date.now());
    const { page, complaints } = await open();
    await live(page);
    fake.alert({ kind: "escalated", alert });
    await until(page, ".alert-items", (list) => list.includes("onerror"));
    await page.click(".chart .as-table summary");
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).not.toBe("run");
    expect(complaints).toEqual([]);
  }, 30_000);

  test("page: an empty program waits, and the first readings appear without a reload", async () => {
    await fake.stop();
    fake = await FakeServer.start({ empty: true });
    const { page, complaints } = await open();
    await live(page);
    await until(page, ".banner-title", (title) => title === "All 60 hosts normal");
    await until(page, ".legend", (legend) => legend.includes("Germany"));
    expect(complaints).toEqual([]);
  }, 30_000);

  test("page: fits from 360 px to 4K without scrolling sideways", async () => {
    fake.fleet.trouble("USA", "a-host-with-a-rather-long-name.rack-12.example.org", "critical", 0);
    for (const width of [360, 390, 768, 1180, 1440, 1920, 3840]) {
      const { page } = await open({ viewport: { width, height: 900 } });
      await live(page);
      await page.click(".banner > summary");
      expect([width, await page.evaluate(() => document.documentElement.scrollWidth)])
        .toEqual([width, width]);
      await page.context().close();
    }
  }, 60_000);

  test("page: the badge stands beside the controls at any width, live and lost", async () => {
    for (const width of [360, 390, 720, 768, 1000, 1440]) {
      const { page } = await open({ viewport: { width, height: 900 } });
      await live(page);
      expect([width, "live", await page.evaluate(badgeIsFree)]).toEqual([width, "live", true]);
      fake.refusing = true;
      fake.dropStreams();
      await until(page, ".connection-state strong", (state) => state === "Disconnected");
      expect([width, "lost", await page.evaluate(badgeIsFree)]).toEqual([width, "lost", true]);
      fake.refusing = false;
      await page.context().close();
    }
  }, 60_000);

  test("page: at 10 Hz the heap stays where it is", async () => {
    const { page } = await open();
    await page.locator('input[name="refresh"]').fill("0");
    await live(page);
    const heap = async (frames: number) => {
      const from = fake.frames;
      while (fake.frames < from + frames) await page.waitForFunction(frameOver);
      return await page.evaluate(() => {
        (globalThis as unknown as { gc(): void }).gc();
        return (performance as unknown as { memory: { usedJSHeapSize: number } }).memory
          .usedJSHeapSize;
      });
    };
    await heap(30);
    const before = await heap(20);
    const after = await heap(80);
    expect(after - before).toBeLessThan(1_000_000);
  }, 60_000);
}

/** Runs in the page: all of the badge is on the screen, and nothing of it under a control. */
function badgeIsFree(): boolean {
  const boxes = (selector: string) =>
    [...document.querySelectorAll(selector)].map((each) => each.getBoundingClientRect());
  const controls = boxes(".controls > *").filter(({ width }) => width > 0);
  return boxes(".connection-state, .connection-clock").every((box) =>
    box.left >= 0 && box.right <= innerWidth &&
    controls.every((other) =>
      box.right <= other.left || other.right <= box.left || box.bottom <= other.top ||
      other.bottom <= box.top
    )
  );
}

/** One animation frame passes. */
function frameOver(): Promise<boolean> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve(true)));
}
