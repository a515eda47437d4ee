/** Fingers on a narrow screen, in a real Chromium: drag, pinch, scroll, and targets that are hit. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, CDPSession, Locator, Page } from "playwright-core";
import { VIEWS } from "../../src/browser/address.ts";
import type { Status } from "../../src/model/status.ts";
import { json, start, type Started, temporaryDirectory, until } from "../support/rackwatch.ts";
import { findChromium, launchChromium, watchedPage } from "./support/chromium.ts";

setDefaultTimeout(60_000);

const DEMO = ["up", "--demo", "--feed", "tcp://127.0.0.1:0", "--http", "127.0.0.1:0"];
const HOUR_MS = 3_600_000;
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const TARGET_PX_MIN = 24;

const path = findChromium();
if (path !== null) describe("touch", () => touch(path));

function touch(executable: string): void {
  let browser: Browser;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let rackwatch: Started;
  let url = "";
  let past = "";
  let host = "";

  beforeAll(async () => {
    browser = await launchChromium(executable);
    directory = await temporaryDirectory();
    rackwatch = start([...DEMO, "--data-dir", directory.path]);
    url = await rackwatch.url();
    await until(
      () => json<Status>(`${url}/api/status`),
      ({ layers: { batch, speed } }) => batch.files === 3 && speed.committed_rows > 0,
    );
    past = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 12 * HOUR_MS).toISOString();
    const { hosts } = await json<{ hosts: { host_id: string; region: string }[] }>(
      `${url}/api/hosts?region=India&limit=1`,
    );
    host = `host=${hosts[0]!.host_id}&region=${hosts[0]!.region}`;
  });
  afterAll(async () => {
    await browser.close();
    expect(await rackwatch.stop()).toBe(0);
    await directory[Symbol.asyncDispose]();
  });

  const open = async (search: string) => {
    const watched = await watchedPage(browser, url, PHONE);
    await watched.page.goto(`${url}/${search}`);
    await watched.page.waitForSelector('.connection:is([data-tone="good"], [data-tone="past"])');
    const fingers = await watched.page.context().newCDPSession(watched.page);
    return { ...watched, fingers, [Symbol.asyncDispose]: () => watched.page.context().close() };
  };

  /** The view's address, and the chart on it. */
  const CHARTS = [
    ["overview", "?", ".chart-body:has([role=application]) > .sketch, .chart .u-over"],
    ["charts", "?view=charts&", '[data-metric="temp_c"] .u-over'],
    ["heatmap", "?view=charts&", ".heatmap-canvas"],
    ["host", "?view=host&", '.host-chart[data-metric="temp_c"] .u-over'],
  ] as const;

  for (const [name, view, selector] of CHARTS) {
    const address = () =>
      `${view}${name === "host" ? `${host}&` : ""}at=${encodeURIComponent(past)}&range=6h`;

    test(`a finger drawn over the chart of ${name} selects that stretch`, async () => {
      await using opened = await open(address());
      const { page, fingers, complaints } = opened;
      const box = await boxOf(page.locator(selector).first(), page);
      await drag(fingers, at(box, 0.3), at(box, 0.6));
      await page.waitForURL(/range=\d+s/);
      const seconds = Number(new URL(page.url()).searchParams.get("range")!.slice(0, -1));
      // A third of it; the heatmap's axis takes its share of the canvas.
      expect(seconds / (6 * 3_600)).toBeGreaterThan(0.27);
      expect(seconds / (6 * 3_600)).toBeLessThan(0.4);
      expect(complaints).toEqual([]);
    });

    test(`two fingers zoom the chart of ${name}, and what is between them stays there`, async () => {
      await using opened = await open(address());
      const { page, fingers, complaints } = opened;
      const box = await boxOf(page.locator(selector).first(), page);
      await pinch(fingers, [at(box, 0.4), at(box, 0.6)], [at(box, 0.2), at(box, 0.8)]);
      // A third of it, once the movement is over.
      const isThird = (part: number) => part > 0.28 && part < 0.4;
      await page.waitForURL((to) => isThird(spanOf(to) / (6 * HOUR_MS)));
      const query = new URL(page.url()).searchParams;
      const spanMs = spanOf(new URL(page.url()));
      const middleMs = Date.parse(query.get("at")!) - spanMs / 2;
      expect(Math.abs(middleMs - (Date.parse(past) - 3 * HOUR_MS))).toBeLessThan(0.4 * HOUR_MS);
      // Fingers that close again show more.
      const next = await boxOf(page.locator(selector).first(), page);
      await pinch(fingers, [at(next, 0.2), at(next, 0.8)], [at(next, 0.4), at(next, 0.6)]);
      await page.waitForURL((to) => spanOf(to) > 2 * spanMs);
      expect(complaints).toEqual([]);
    });

    test(`a finger that goes up over the chart of ${name} scrolls the page, and selects nothing`, async () => {
      await using opened = await open(address());
      const { page, fingers } = opened;
      const before = page.url();
      const box = await boxOf(page.locator(selector).first(), page);
      const scrolled = await page.evaluate(() => scrollY);
      const { x, y } = at(box, 0.5);
      await drag(fingers, { x, y }, { x: x + 3, y: y - 160 });
      await until(() => page.evaluate(() => scrollY), (now) => now > scrolled + 40);
      expect(page.url()).toBe(before);
    });
  }

  test("two fingers zoom the time line and leave the page where it is, one scrubs", async () => {
    await using opened = await open("");
    const { page, fingers, complaints } = opened;
    const strip = page.locator("canvas.timeline-strip");
    await strip.waitFor();
    const spanS = () =>
      strip.evaluate((one) => Number(one.ariaValueMax) - Number(one.ariaValueMin));
    // All that is recorded: known with the first answer.
    const whole = await until(spanS, (span) => span > 24 * 3_600);
    const box = (await strip.boundingBox())!;
    await pinch(fingers, [at(box, 0.4), at(box, 0.6)], [at(box, 0.2), at(box, 0.8)]);
    await until(spanS, (span) => span > 0.25 * whole && span < 0.45 * whole);
    expect(new URL(page.url()).search).toBe("");
    await drag(fingers, at(box, 0.8), at(box, 0.5));
    await page.waitForURL(/[?&]at=20/);
    await page.waitForSelector('.connection[data-tone="past"]');
    const first = Date.parse(new URL(page.url()).searchParams.get("at")!);
    await drag(fingers, at(box, 0.5), at(box, 0.3));
    await page.waitForURL((to) => Date.parse(to.searchParams.get("at")!) < first);
    expect(complaints).toEqual([]);
  });

  for (const view of VIEWS) {
    test(`what is touched on the view ${view} is at least ${TARGET_PX_MIN} px wide and high`, async () => {
      await using opened = await open(`?view=${view}&${host}`);
      const { page } = opened;
      await page.waitForSelector("canvas.timeline-strip");
      await page.waitForFunction(() => document.querySelector("main [role=status].empty") === null);
      expect(await page.evaluate(smallTargets, TARGET_PX_MIN)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    });
  }
}

function spanOf(address: URL): number {
  const range = address.searchParams.get("range") ?? "";
  const factor = { s: 1_000, m: 60_000, h: HOUR_MS, d: 24 * HOUR_MS }[range.at(-1)!] ?? 0;
  return Number(range.slice(0, -1)) * factor;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

type Box = { x: number; y: number; width: number; height: number };

/** Where the chart is drawn and stands above the bar of time, once nothing on the way moves it. */
async function boxOf(element: Locator, page: Page): Promise<Box> {
  await element.waitFor();
  await page.waitForFunction(() => document.querySelector("main [role=status].empty") === null);
  const place = () =>
    element.evaluate(async (one) => {
      one.scrollIntoView({ block: "center" });
      for (let frames = 0; frames < 10; frames++) {
        await new Promise((done) => requestAnimationFrame(done));
      }
      const { x, y, width, height } = one.getBoundingClientRect();
      return { x, y, width, height };
    });
  for (let before: Box | null = null;;) {
    const box: Box = await place();
    if (before !== null && JSON.stringify(before) === JSON.stringify(box)) return box;
    before = box;
  }
}

function at(box: Box, part: number): Point {
  return { x: box.x + box.width * part, y: box.y + box.height / 2 };
}

const STEPS = 8;

async function drag(fingers: CDPSession, from: Point, to: Point): Promise<void> {
  await moved(fingers, [from], [to]);
}

async function pinch(
  fingers: CDPSession,
  from: readonly [Point, Point],
  to: readonly [Point, Point],
): Promise<void> {
  await moved(fingers, from, to);
}

/** Fingers come down one after the other, move together, and are lifted. */
async function moved(
  fingers: CDPSession,
  from: readonly Point[],
  to: readonly Point[],
): Promise<void> {
  const send = (type: "touchStart" | "touchMove" | "touchEnd", points: readonly Point[]) =>
    fingers.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: points.map((point, id) => ({ ...point, id })),
    });
  for (let count = 1; count <= from.length; count++) {
    await send("touchStart", from.slice(0, count));
  }
  for (let step = 1; step <= STEPS; step++) {
    const part = step / STEPS;
    await send(
      "touchMove",
      from.map(({ x, y }, id) => ({
        x: x + (to[id]!.x - x) * part,
        y: y + (to[id]!.y - y) * part,
      })),
    );
  }
  await send("touchEnd", []);
}

/** Runs in the page: what can be touched and is smaller; links within text may be. */
function smallTargets(px: number): string[] {
  const targets = document.querySelectorAll<HTMLElement>(
    "button, select, input, summary, [role=application], nav a, .tabs a",
  );
  return [...targets].flatMap((element) => {
    const { width, height } = element.getBoundingClientRect();
    const isSeen = element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    if (!isSeen || width === 0 || width >= px - 0.5 && height >= px - 0.5) return [];
    return [`${element.outerHTML.slice(0, 120)} ${Math.round(width)}×${Math.round(height)}`];
  });
}
