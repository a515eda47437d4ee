/** The cursor in a real Chromium, over a past that a live process really took in. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { Status } from "../../src/model/status.ts";
import { json, start, type Started, temporaryDirectory, until } from "../support/rackwatch.ts";
import { type Agent, connectAgent } from "./support/agent.ts";
import { findChromium, launchChromium, watchedPage } from "./support/chromium.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

setDefaultTimeout(60_000);

const MINUTE_MS = 60_000;
const path = findChromium();
let browser: Browser;
if (path !== null) {
  beforeAll(async () => {
    browser = await launchChromium(path);
  });
  afterAll(() => browser.close());
  for (const kind of HOT_STORES) describe(`the cursor, ${kind.name}`, () => cursorOver(kind));
}

/** Twenty minutes of two hosts, a reading every 10 s; one was too hot between the 8th and the 11th. */
function pastLines(endMs: number): string[] {
  const lines: string[] = [];
  for (let agoMs = 20 * MINUTE_MS; agoMs >= 5_000; agoMs -= 10_000) {
    const timestamp = new Date(endMs - agoMs).toISOString();
    const isHot = agoMs <= 12 * MINUTE_MS && agoMs > 9 * MINUTE_MS;
    const reading = { timestamp, region: "Home", cpu_load: 40 };
    lines.push(JSON.stringify({ ...reading, host_id: "cool-1", temp_c: 50 }));
    lines.push(JSON.stringify({ ...reading, host_id: "hot-1", temp_c: isHot ? 96 : 50 }));
  }
  return lines;
}

function cursorOver(kind: (typeof HOT_STORES)[number]): void {
  const store = kind.make();
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let rackwatch: Started;
  let agent: Agent;
  let url = "";
  let lines: string[] = [];

  beforeAll(async () => {
    directory = await temporaryDirectory();
    const words = ["up", "--no-demo", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
    rackwatch = start([...words, "--data-dir", directory.path], store);
    url = await rackwatch.url();
    agent = await connectAgent(await rackwatch.address("listening for agents"));
    lines = pastLines(Date.now());
    await agent.send(lines);
    await until(status, ({ layers: { speed } }) => speed.committed_rows === lines.length);
    await until(alerts, (list) => list.length === 1 && list[0]!.closed !== null);
  });
  afterAll(async () => {
    agent[Symbol.dispose]();
    expect(await rackwatch.stop()).toBe(0);
    await store.drop();
    await directory[Symbol.asyncDispose]();
  });

  const status = () => json<Status>(`${url}/api/status`);
  const alerts = () => json<{ opened: string; closed: string | null }[]>(`${url}/api/alerts`);
  const hotMs = () =>
    Date.parse(JSON.parse(lines.find((line) => line.includes('"temp_c":96'))!).timestamp);

  async function open(at = "/", options = {}) {
    const watched = await watchedPage(browser, url, options);
    await watched.page.goto(url + at);
    return { ...watched, [Symbol.asyncDispose]: () => watched.page.context().close() };
  }

  test("the previous alert is one touch away, and the page is as it was then", async () => {
    await using opened = await open();
    const { page, complaints } = opened;
    await live(page);
    await shows(page, ".banner-title", "2 hosts normal");
    await page.click('.transport [aria-label="Previous alert"]');
    await shows(page, ".connection-state strong", "Paused");
    await shows(page, ".banner-title", "1 host critical");
    await shows(page, ".alert-item", "hot-1");
    await shows(page, ".alert-item", "96.0");
    expect(new URL(page.url()).searchParams.get("at")).toBe(new Date(hotMs()).toISOString());
    expect(complaints).toEqual([]);
  });

  test("a link opens the same view at the same time, without JavaScript as well", async () => {
    const at = `/?at=${new Date(hotMs() + MINUTE_MS).toISOString()}&range=15m`;
    await using scripted = await open(at);
    await using still = await open(at, { javaScriptEnabled: false });
    for (const { page, complaints } of [scripted, still]) {
      await shows(page, ".banner-title", "1 host critical");
      expect(await page.locator(".feed tbody tr").first().innerText()).toMatch(/\b96\s°C/);
      expect(complaints).toEqual([]);
    }
  });

  test("scrubbing to a moment and opening it are the same", async () => {
    const atMs = hotMs() + 2 * MINUTE_MS;
    await using opened = await open(`/?at=${new Date(atMs).toISOString()}`);
    await using scrubbed = await open();
    await live(scrubbed.page);
    await scrubbed.page.waitForSelector("canvas.timeline-strip");
    await scrubbed.page.focus("canvas.timeline-strip");
    await scrubbed.page.keyboard.press("ArrowLeft");
    await shows(scrubbed.page, ".connection-state strong", "Paused");
    await scrubbed.page.evaluate((search) => {
      history.pushState(null, "", search);
      dispatchEvent(new PopStateEvent("popstate"));
    }, new URL(opened.page.url()).search);
    const figures = await text(opened.page, ".figures");
    await shows(scrubbed.page, ".figures", figures);
    expect(await text(scrubbed.page, ".feed tbody")).toBe(await text(opened.page, ".feed tbody"));
  });

  test("a replay runs through the incident and changes nothing", async () => {
    const before = [await alerts(), (await status()).layers.speed.committed_rows];
    await using opened = await open(`/?at=${new Date(hotMs() - 5_000).toISOString()}&speed=60`);
    const { page, complaints } = opened;
    await shows(page, ".banner-title", "2 hosts");
    await page.click('.transport [aria-label="Play"]');
    await shows(page, ".connection-state strong", "Replay 60×");
    await shows(page, ".banner-title", "1 host critical");
    await shows(page, ".banner-title", "2 hosts normal");
    await page.click('.transport [aria-label="Hold"]');
    await shows(page, ".connection-state strong", "Paused");
    expect([await alerts(), (await status()).layers.speed.committed_rows]).toEqual(before);
    expect(complaints).toEqual([]);
  });

  test("dragging on the strip scrubs, live is one touch, and back undoes it", async () => {
    await using opened = await open();
    const { page } = opened;
    await live(page);
    await page.waitForSelector("canvas.timeline-strip");
    const strip = (await page.locator("canvas.timeline-strip").boundingBox())!;
    await page.mouse.move(strip.x + strip.width - 10, strip.y + 10);
    await page.mouse.down();
    await page.mouse.move(strip.x + strip.width / 2, strip.y + 10, { steps: 5 });
    await page.mouse.up();
    await shows(page, ".connection-state strong", "Paused");
    await page.waitForURL(/\?at=/);
    await page.click('.controls button:has-text("Live")');
    await live(page);
    expect(page.url()).toBe(`${url}/`);
    await page.goBack();
    await shows(page, ".connection-state strong", "Paused");
  });

  test("a double click on the strip shows all of it, and goes nowhere", async () => {
    await using opened = await open();
    const { page } = opened;
    await live(page);
    await page.waitForSelector('canvas.timeline-strip[aria-valuetext="live"]');
    const strip = (await page.locator("canvas.timeline-strip").boundingBox())!;
    const [x, y] = [strip.x + strip.width / 2, strip.y + 10];
    await page.mouse.click(x - 40, y);
    await shows(page, ".connection-state strong", "Paused");
    await page.waitForURL(/\?at=/);
    const held = page.url();
    await page.mouse.dblclick(x + 40, y);
    await page.click('.controls button:has-text("Live")');
    await live(page);
    await page.goBack();
    await shows(page, ".connection-state strong", "Paused");
    expect(page.url()).toBe(held);
    await page.click('.controls button:has-text("Live")');
    await live(page);
    await page.mouse.dblclick(x, y);
    await page.waitForSelector('canvas.timeline-strip[aria-valuetext="live"]');
    await live(page);
  });

  test("the wheel over the strip zooms it, a key shows all of it, and the page stays live", async () => {
    await using opened = await open();
    const { page, complaints } = opened;
    await live(page);
    const canvas = page.locator("canvas.timeline-strip");
    await canvas.waitFor();
    const spanS = async () =>
      Number(await canvas.getAttribute("aria-valuemax")) -
      Number(await canvas.getAttribute("aria-valuemin"));
    const whole = await until(spanS, (span) => span > 1_000);
    const strip = (await canvas.boundingBox())!;
    await page.mouse.move(strip.x + strip.width / 2, strip.y + 10);
    await page.mouse.wheel(0, -600);
    const zoomed = await until(spanS, (span) => span < whole / 2);
    expect(zoomed).toBeGreaterThan(whole / 4);
    expect(page.url()).toBe(`${url}/`);
    await canvas.focus();
    await page.keyboard.press("0");
    await until(spanS, (span) => span >= whole);
    await live(page);
    expect(complaints).toEqual([]);
  });

  test("by keys on the strip: a longer stretch, a shorter one, and one step undoes them", async () => {
    await using opened = await open();
    const { page } = opened;
    await live(page);
    await page.waitForSelector("canvas.timeline-strip");
    await page.focus("canvas.timeline-strip");
    const seconds = () => Number(/range=(\d+)s/.exec(page.url())?.[1] ?? 300);
    for (let press = 0; press < 5; press++) await page.keyboard.press("Shift+ArrowLeft");
    await page.waitForURL(/range=\d+s/);
    const longer = await until(seconds, (span) => span > 330);
    await page.keyboard.press("Shift+ArrowRight");
    await until(seconds, (span) => span < longer);
    await live(page);
    await page.keyboard.press("u");
    await page.waitForURL((to) => !to.search.includes("range"));
  });

  test("a stretch selected on the strip fills the charts", async () => {
    await using opened = await open();
    const { page } = opened;
    await live(page);
    await page.waitForSelector("canvas.timeline-strip");
    const strip = (await page.locator("canvas.timeline-strip").boundingBox())!;
    await page.keyboard.down("Shift");
    await page.mouse.move(strip.x + strip.width * 0.3, strip.y + 10);
    await page.mouse.down();
    await page.mouse.move(strip.x + strip.width * 0.6, strip.y + 10, { steps: 5 });
    await page.mouse.up();
    await page.keyboard.up("Shift");
    await page.waitForURL(/range=\d+s/);
    await shows(page, ".connection-state strong", "Paused");
  });
}

const live = (page: Page) =>
  page.waitForSelector('.connection[data-tone="good"], .connection[data-tone="warn"]');
const text = (page: Page, selector: string) => page.locator(selector).first().innerText();

async function shows(page: Page, selector: string, part: string): Promise<void> {
  await page.waitForFunction(
    ([selector, part]) =>
      document.querySelector<HTMLElement>(selector!)?.innerText.includes(part!) ?? false,
    [selector, part],
    { polling: 20 },
  );
}
