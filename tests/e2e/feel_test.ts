/** How the page feels in a hand: keys, palette, preferences, exact range, wall screen. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import axe from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { loadedFiles } from "../support/loaded_files.ts";
import { json, start, type Started, temporaryDirectory, until } from "../support/rackwatch.ts";
import type { Status } from "../../src/model/status.ts";
import { findChromium, launchChromium } from "./support/chromium.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

setDefaultTimeout(60_000);

const path = findChromium();
let browser: Browser;
let rackwatch: Started;
let url = "";

if (path !== null) {
  const store = HOT_STORES.at(-1)!.make();
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  beforeAll(async () => {
    browser = await launchChromium(path);
    directory = await temporaryDirectory();
    const words = ["up", "--demo", "--feed", "tcp://127.0.0.1:0", "--http", "127.0.0.1:0"];
    rackwatch = start([...words, "--data-dir", directory.path], store);
    url = await rackwatch.url();
    await until(
      () => json<Status>(`${url}/api/status`),
      ({ layers: { batch, speed } }) => batch.files === 3 && speed.committed_rows > 0,
    );
  });
  afterAll(async () => {
    await browser.close();
    expect(await rackwatch.stop()).toBe(0);
    await store.drop();
    await directory[Symbol.asyncDispose]();
  });
  tests();
}

/** A page of its own that is live; what the browser complains of ends the test. */
async function open(options: BrowserContextOptions = {}, at = "/") {
  const context = await browser.newContext({
    timezoneId: "Europe/Berlin",
    viewport: { width: 1440, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(url + at);
  await page.waitForSelector("html.scripted");
  return {
    page,
    complaints,
    [Symbol.asyncDispose]: async () => {
      await context.close();
      expect(complaints).toEqual([]);
    },
  };
}

const live = (page: Page) => page.waitForSelector('.connection[data-tone="good"]');
const press = (page: Page, ...keys: string[]) =>
  keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());

/** Resolves once the element's text fits. */
async function says(page: Page, selector: string, pattern: RegExp): Promise<void> {
  await page.waitForFunction(
    ([selector, source]) =>
      new RegExp(source).test(document.querySelector<HTMLElement>(selector)?.innerText ?? ""),
    [selector, pattern.source] as const,
    { polling: 20 },
  );
}

function tests() {
  test("keys: hold, step, undo, live; spans, views and measures without a mouse", async () => {
    await using opened = await open();
    const { page } = opened;
    await live(page);
    await press(page, "Space");
    await says(page, ".connection-state", /Paused/);
    await press(page, "Shift+ArrowLeft");
    await says(page, ".connection-detail", /min .*behind live/);
    await press(page, "l");
    await live(page);
    await press(page, "3");
    await page.waitForURL(/range=1h/);
    await press(page, "u");
    await page.waitForURL((to) => !to.search.includes("range"));
    await press(page, "-");
    await page.waitForURL(/range=600s/);
    await press(page, "Backspace", "m");
    await says(page, "#chart-title", /Temperature|CPU load|Power|Voltage/);
    await press(page, "g", "a");
    await page.waitForURL(/view=alerts/);
    await press(page, "g", "o");
    await page.waitForURL((to) => !to.search.includes("view"));
  });

  test("keys: in a field they are letters, on a button Space presses it, and they can be off", async () => {
    await using opened = await open();
    const { page } = opened;
    await live(page);
    await press(page, "Control+k");
    await page.locator(".palette-field").fill("");
    await page.keyboard.type("l?t");
    expect(await page.locator(".palette-field").inputValue()).toBe("l?t");
    expect(await page.locator("dialog[open]").count()).toBe(1);
    await press(page, "Escape");
    await page.locator(".controls button").first().focus();
    await press(page, "Space");
    await says(page, ".connection-state", /Paused/);
    await press(page, "Space", ",");
    await page.getByLabel(/Single keys/).uncheck();
    await press(page, "Escape", "t", "?");
    await press(page, "Control+k");
    await page.waitForSelector(".palette-field");
    expect(await page.locator(".keys-dialog").count()).toBe(0);
    await says(page, ".figure-unit", /°C/);
  });

  test("keys: ? lists them, Esc closes, and focus goes back to where it was", async () => {
    await using opened = await open();
    const { page } = opened;
    await page.locator(".view-tab").nth(2).focus();
    await press(page, "?");
    await says(page, ".keys-dialog", /Back to live[^]*Ctrl[^]*In a chart[^]*Select a stretch/);
    await press(page, "Escape");
    await page.waitForSelector(".keys-dialog", { state: "detached" });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Charts");
  });

  test("undo: at the beginning there is nothing to undo, and the page is not left", async () => {
    await using opened = await open();
    const { page } = opened;
    await press(page, "Backspace");
    await says(page, ".notice", /nothing to undo/);
    expect(page.url()).toBe(`${url}/`);
  });

  test("palette: finds a host by a part of its name and opens it by the keyboard alone", async () => {
    await using opened = await open();
    const { page } = opened;
    await press(page, "Control+k");
    const field = page.locator(".palette-field");
    await field.pressSequentially("CLOUD-1");
    await says(page, ".palette-list", /us-cloud-1\b/);
    const chosen = () => field.getAttribute("aria-activedescendant");
    expect(await chosen()).toBe("palette-0");
    await press(page, "ArrowDown", "ArrowUp", "ArrowUp", "ArrowDown");
    expect(await chosen()).toBe("palette-0");
    expect(await page.locator("#palette-0").getAttribute("aria-selected")).toBe("true");
    const host = await page.locator("#palette-0 .palette-label").innerText();
    await press(page, "Enter");
    await page.waitForURL(new RegExp(`view=host.*host=${host}`));
    expect(await page.locator("dialog[open]").count()).toBe(0);
  });

  test("palette: goes to a time that is typed, to a region, and says when there is nothing", async () => {
    await using opened = await open();
    const { page } = opened;
    await live(page);
    await press(page, "Control+k");
    await page.locator(".palette-field").fill("2h ago");
    await says(page, "#palette-0", /^Go to/);
    await press(page, "Enter");
    await says(page, ".connection-detail", /2\u202fh|1\u202fh 59/);
    await press(page, "Control+k");
    await page.locator(".palette-field").fill("only no such thing");
    await says(page, ".palette .empty", /Nothing/);
    await page.locator(".palette-field").fill("germany");
    await page.locator(".palette-line", { hasText: "Germany" }).first().click();
    await page.waitForURL(/region=Germany/);
  });

  test("exact range: errors in words, then the very stretch", async () => {
    await using opened = await open();
    const { page } = opened;
    await page.click('button[aria-label="Exact from and to"]');
    await page.fill("input[name=from]", "2025-11-20T04:00:00");
    await page.fill("input[name=to]", "2025-11-20T03:00:00");
    await press(page, "Enter");
    await says(page, ".form-wrong", /To has to come after From/);
    await page.fill("input[name=to]", "2025-11-20T04:45:30");
    await press(page, "Enter");
    // Berlin's clock.
    await page.waitForURL(/at=2025-11-20T03%3A45%3A30\.000Z&range=2730s/);
    expect(await page.locator("dialog[open]").count()).toBe(0);
  });

  test("preferences: °F, UTC, twelve hours; kept, and followed by another tab at once", async () => {
    await using opened = await open({ locale: "de-DE" });
    const { page } = opened;
    await live(page);
    await says(page, ".figure-value", /^\d+,\d\s*°C/);
    const other = await page.context().newPage();
    await other.goto(url);
    await press(page, "t", "z");
    await says(page, ".figure-value", /^\d+,\d\s*°F/);
    await says(page, ".zone", /^UTC$/);
    await press(page, ",");
    await page.getByLabel("12 h").check();
    await says(page, ".connection-clock", /[AP]M/);
    await says(other, ".figure-value", /°F/);
    await says(other, ".connection-clock", /[AP]M UTC/);
    await page.reload();
    await says(page, ".figure-value", /°F/);
    // Alerts' limits and the axis are in °F too: nothing on the page is 0–100 °C any more.
    await page.click('.tabs >> text="Temperature"');
    await says(page, ".legend-value", /°F/);
    await press(page, "t");
    await says(page, ".legend-value", /°C/);
  });

  test("theme: a chosen one is there with the first paint, whatever the system says", async () => {
    await using opened = await open({ colorScheme: "light" });
    const { page } = opened;
    const ground = () =>
      page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await press(page, ",");
    await page.getByLabel("Dark").check();
    expect(await ground()).not.toBe(light);
    const dark = await ground();
    // The page's own script never comes: what is seen now is the first paint.
    await page.route("**/assets/client-*.js", (route) => route.abort());
    await page.reload({ waitUntil: "commit" });
    await page.waitForSelector(".figures");
    expect(await ground()).toBe(dark);
    opened.complaints.length = 0;
    await page.unroute("**/assets/client-*.js");
    await page.reload();
    await page.waitForSelector("html.scripted");
    await press(page, "d");
    expect(await page.locator("html").getAttribute("data-theme")).toBe("contrast");
    await press(page, "d");
    expect(await ground()).toBe(light);
  });

  test("wall screen: in the address, without what needs hands, and Esc ends it", async () => {
    await using opened = await open();
    const { page } = opened;
    const size = () => page.evaluate(() => getComputedStyle(document.documentElement).fontSize);
    const before = parseFloat(await size());
    await press(page, "f");
    await page.waitForURL(/wall=1/);
    expect(await page.locator(".controls").isVisible()).toBe(false);
    expect(await page.locator(".time-bar").isVisible()).toBe(false);
    expect(parseFloat(await size())).toBeGreaterThan(before);
    await page.reload();
    expect(await page.locator(".controls").isVisible()).toBe(false);
    await page.waitForSelector("html.scripted");
    await press(page, "Escape");
    await page.waitForSelector(".controls");
    await page.waitForURL((to) => !to.search.includes("wall"));
  });

  test("wall screen: alerts keep their hosts' names, without what needs hands", async () => {
    await using opened = await open({}, "/?view=alerts&wall=1");
    const { page } = opened;
    await page.waitForSelector(".alert-row");
    expect(await page.locator(".alert-row .host").first().isVisible()).toBe(true);
    for (const hand of [".alert-filters", ".alerts-keys", ".alert-does .link-button"]) {
      expect(await page.locator(hand).first().isVisible()).toBe(false);
    }
  });

  test("paper: dark on white whatever the theme, without what needs hands", async () => {
    await using opened = await open({ colorScheme: "dark" });
    const { page } = opened;
    await live(page);
    await press(page, ",");
    await page.getByLabel("High contrast").check();
    await press(page, "Escape");
    await page.emulateMedia({ media: "print" });
    for (const hand of [".time-bar", ".controls", ".view-tabs", ".chart .tabs", ".export"]) {
      expect(await page.locator(hand).first().isVisible()).toBe(false);
    }
    const brightness = await page.evaluate(() =>
      Math.max(...getComputedStyle(document.body).color.match(/\d+/g)!.map(Number))
    );
    expect(brightness).toBeLessThan(80);
  });

  for (
    const [key, dialog] of [["?", "keys"], ["Control+k", "palette"], [",", "preferences"], [
      "e",
      "range",
    ]]
  ) {
    for (const theme of ["light", "dark", "contrast"]) {
      test(`axe: finds nothing on the dialog ${dialog}, ${theme}`, async () => {
        await using opened = await open();
        const { page } = opened;
        await live(page);
        await page.evaluate((theme) => document.documentElement.dataset.theme = theme, theme);
        await press(page, key!);
        await page.waitForSelector("dialog[open]");
        expect(await axeFinds(page)).toEqual([]);
      });
    }
  }

  test("axe: finds nothing in high contrast, nor on the wall screen", async () => {
    await using opened = await open({ contrast: "more" });
    const { page } = opened;
    await live(page);
    expect(await page.locator("html").getAttribute("data-theme")).toBe("contrast");
    expect(await axeFinds(page)).toEqual([]);
    await press(page, "f");
    await page.waitForURL(/wall=1/);
    expect(await axeFinds(page)).toEqual([]);
  });

  test("first load: script and style are at most 57 KB, all that comes by itself", async () => {
    // The first visitor brings brotli about, the next one gets it.
    await using first = await open();
    await live(first.page);
    for (const path of (await loadedFiles(first.page, url)).keys()) {
      await until(
        async () => await fetch(url + path, { headers: { "accept-encoding": "br" } }),
        (answer) => answer.headers.get("content-encoding") === "br",
      );
    }
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.addInitScript(noteWhenLive);
    await page.goto(url);
    await live(page);
    // What comes by itself once the page is live.
    await page.waitForSelector('.chart-plot[role="application"]');
    await page.waitForSelector("canvas.timeline-strip");
    const all = await loadedFiles(page, url);
    const untilLive = await page.evaluate(pathsUntilLive);
    const sum = (sizes: Iterable<number>) => [...sizes].reduce((sum, each) => sum + each, 0);
    // The shared worker's script is among what is needed to be live, and fetched out of sight.
    const worker = await page.evaluate(() => document.documentElement.dataset.worker!);
    const early = [...untilLive, worker].map((path) => all.get(path) ?? 0);
    console.log(
      `first load: ${sum(early)} bytes, ${sum(all.values())} in all`,
      Object.fromEntries(all),
    );
    expect(early.length).toBeGreaterThanOrEqual(4);
    expect(sum(early)).toBeLessThanOrEqual(50_000);
    expect(all.size).toBeGreaterThan(early.length);
    expect(sum(all.values())).toBeLessThanOrEqual(57_000);
    // uPlot is not among it: it comes when somebody points at the chart, and the style with it.
    await page.hover(".chart-plot");
    await page.waitForSelector(".chart .u-over");
    const closer = await loadedFiles(page, url);
    expect(closer.size).toBeGreaterThan(all.size);
    expect(sum(closer.values()) - sum(all.values())).toBeGreaterThan(15_000);
    await context.close();
  });
}

function noteWhenLive(): void {
  const noted = globalThis as unknown as { liveMs: number };
  noted.liveMs = Infinity;
  new MutationObserver(() => {
    if (document.documentElement.dataset.stream !== "good") return;
    noted.liveMs = Math.min(noted.liveMs, performance.now());
  }).observe(document, { attributeFilter: ["data-stream"], subtree: true });
}

/** Script and style asked for before the page was live. */
function pathsUntilLive(): string[] {
  const { liveMs } = globalThis as unknown as { liveMs: number };
  return performance.getEntriesByType("resource")
    .filter((each) => each.startTime < liveMs && /assets.*\.(js|css)$/.test(each.name))
    .map((each) => new URL(each.name).pathname);
}

/** WCAG 2.2 AA, and what axe takes for good practice. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

async function axeFinds(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async (tags) => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run({
      runOnly: tags,
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`)
    );
  }, TAGS);
}
