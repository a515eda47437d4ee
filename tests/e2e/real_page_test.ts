/** The real program in a real Chromium: what a person sees of what really happened. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { GENERATOR_RATES } from "../../src/browser/ranges.ts";
import type { Status } from "../../src/model/status.ts";
import { json, start, type Started, temporaryDirectory, until } from "../support/rackwatch.ts";
import { type Agent, connectAgent, lineNow } from "./support/agent.ts";
import { findChromium, launchChromium, type PageOptions, watchedPage } from "./support/chromium.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

setDefaultTimeout(60_000);

const EVIL = `<img src=x onerror="document.title='run'">`;
const DEMO = ["up", "--demo", "--feed", "tcp://127.0.0.1:0", "--listen", "127.0.0.1:0"];
const HTTP = ["--http", "127.0.0.1:0"];
const FEED = ".feed tbody";
const RANGES = [
  { tab: "6 h", range: "6h", step: "1\u202fmin" },
  { tab: "24 h", range: "24h", step: "5\u202fmin" },
  { tab: "7 days", range: "7d", step: "30\u202fmin" },
] as const;

const path = findChromium();
let browser: Browser;
if (path !== null) {
  beforeAll(async () => {
    browser = await launchChromium(path);
  });
  afterAll(() => browser.close());
  for (const kind of HOT_STORES) describe(`the page of up, ${kind.name}`, () => demo(kind));
  describe("the page of up with a token", withToken);
  const postgres = HOT_STORES.find(({ name }) => name === "PostgreSQL");
  if (postgres !== undefined) describe("the page of serve", () => beside(postgres));
}

async function open(url: string, options: PageOptions = {}) {
  const watched = await watchedPage(browser, url, options);
  await watched.page.goto(`${url}/`);
  return { ...watched, [Symbol.asyncDispose]: () => watched.page.context().close() };
}

const live = (page: Page) => page.waitForSelector('.connection[data-tone="good"]');
const status = (url: string) => json<Status>(`${url}/api/status`);

/** Resolves once the element's text holds, or holds no longer, what is named. */
async function shows(page: Page, selector: string, part: string, wanted = true): Promise<void> {
  await page.waitForFunction(
    ([selector, part, wanted]) =>
      (document.querySelector<HTMLElement>(selector)?.innerText.includes(part) ?? false) === wanted,
    [selector, part, wanted] as const,
    { polling: 10 },
  );
}

/**
 * How long it takes from a line sent to what it shows on the page; the shortest of a few tries, for
 * other work on the machine only ever makes it longer.
 */
async function shortestMs(enoughMs: number, attempt: (turn: number) => Promise<void>) {
  let shortest = Infinity;
  for (let turn = 0; turn < 8 && shortest >= enoughMs; turn++) {
    const startedMs = performance.now();
    await attempt(turn);
    shortest = Math.min(shortest, performance.now() - startedMs);
  }
  return shortest;
}

function demo(kind: (typeof HOT_STORES)[number]): void {
  const store = kind.make();
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let rackwatch: Started;
  let agent: Agent;
  let url = "";

  beforeAll(async () => {
    directory = await temporaryDirectory();
    rackwatch = start([...DEMO, ...HTTP, "--data-dir", directory.path], store);
    url = await rackwatch.url();
    agent = await connectAgent(await rackwatch.address("listening for agents"));
    await until(
      () => status(url),
      ({ layers: { batch, speed } }) => batch.files === 3 && speed.committed_rows > 0,
    );
  });
  afterAll(async () => {
    agent[Symbol.dispose]();
    expect(await rackwatch.stop()).toBe(0);
    await store.drop();
    await directory[Symbol.asyncDispose]();
  });

  test("moves by itself, and no one complains", async () => {
    await using opened = await open(url);
    const { page, complaints } = opened;
    await live(page);
    for (const selector of [`${FEED} tr`, ".volume tbody", ".layer[data-layer=speed] strong"]) {
      await shows(page, selector, await page.locator(selector).first().innerText(), false);
    }
    expect(await page.locator(".volume tbody tr").count()).toBeGreaterThanOrEqual(3);
    expect(await page.locator(".layer[data-layer=batch] strong").innerText()).toBe("30,000");
    expect(complaints).toEqual([]);
  });

  for (const { tab, range, step } of RANGES) {
    test(`shows the batch layer's history behind the live line over ${tab}`, async () => {
      await using opened = await open(url);
      const { page, complaints } = opened;
      await live(page);
      await page.click(".chart .as-table summary");
      // What each region's history holds; Germany's has no CPU load.
      await page.click('.tabs >> text="Temperature"');
      await page.click(`.tabs >> text="${tab}"`);
      await shows(page, ".chart .note", `Mean per ${step}`);
      await page.waitForFunction(wholeTable, null, { polling: 50 });
      await page.waitForSelector('.chart .note[data-state="ready"]');
      expect(page.url()).toBe(`${url}/?range=${range}&metric=temp_c`);
      expect(complaints).toEqual([]);
    });
  }

  test("sets the generator's rate", async () => {
    await using opened = await open(url);
    const { page, complaints } = opened;
    await live(page);
    const { layers } = await status(url);
    await page.locator('input[name="generator-rate"]').fill(String(GENERATOR_RATES.indexOf(20)));
    await shows(page, ".rate output", "20 lines/s");
    const after = await until(
      () => status(url),
      ({ layers: { generator } }) =>
        generator.rate === 20 && generator.sent_lines > layers.generator.sent_lines + 40,
    );
    expect(after.layers.generator.state).toBe("serving");
    await page.locator('input[name="generator-rate"]').fill(String(GENERATOR_RATES.indexOf(2)));
    await shows(page, ".rate output", "2 lines/s");
    expect(complaints).toEqual([]);
  });

  test("shows a line that an agent pushed among the newest readings within a second", async () => {
    await using opened = await open(url);
    const { page, complaints } = opened;
    await page.locator('input[name="refresh"]').fill("0");
    await live(page);
    const shortest = await shortestMs(1_000, async (turn) => {
      await agent.send([lineNow(`pushed-${turn}`, { region: "Home" })]);
      await shows(page, FEED, `pushed-${turn}`);
    });
    expect(shortest).toBeLessThan(1_000);
    await shows(page, ".volume", "Home");
    expect(complaints).toEqual([]);
  });

  test("opens a critical alert for a reading over 90 °C within a second", async () => {
    await using opened = await open(url);
    const { page, complaints } = opened;
    await live(page);
    const shortest = await shortestMs(1_000, async (turn) => {
      await agent.send([lineNow(`hot-${turn}`, { temp_c: 91 })]);
      await page.waitForSelector(`.alert-item[data-state="critical"]:has-text("hot-${turn}")`);
    });
    expect(shortest).toBeLessThan(1_000);
    await shows(page, ".banner-title", "critical");
    expect(complaints).toEqual([]);
  });

  test("shows a host named as markup as text, wherever it is named", async () => {
    await using opened = await open(url);
    const { page, complaints } = opened;
    await live(page);
    await agent.send([lineNow(EVIL, { region: EVIL, temp_c: 95 })]);
    await shows(page, ".alert-items", EVIL);
    await shows(page, ".volume", EVIL);
    await page.reload();
    await live(page);
    await shows(page, ".alert-items", EVIL);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).not.toBe("run");
    expect(complaints).toEqual([]);
  });

  test("leads to the dead letters, raw text and all", async () => {
    await using opened = await open(url);
    const { page, complaints } = opened;
    await live(page);
    const raw = `not json <b>${crypto.randomUUID()}</b>`;
    const link = '.layers a[href="/api/dead-letters"]';
    const before = await page.locator(link).innerText();
    await agent.send([raw]);
    await shows(page, link, before, false);
    await until(
      () => json<unknown>(`${url}/api/dead-letters`),
      (answer) => JSON.stringify(answer).includes(raw),
    );
    await page.click(link);
    expect(new URL(page.url()).pathname).toBe("/api/dead-letters");
    const text = await page.locator("body").innerText();
    expect(JSON.stringify(JSON.parse(text))).toContain(raw);
    expect(await page.locator("b").count()).toBe(0);
    expect(complaints).toEqual([]);
  });
}

/**
 * In the page: whether the chart's table has a mean of each of three regions in every row. A row is
 * a twelfth of the span, and the oldest may lie before the history's start.
 */
function wholeTable(): boolean {
  const rows = [...document.querySelectorAll(".chart .as-table tbody tr")];
  const whole = rows.filter((row) => {
    const means = [...row.querySelectorAll("td")].map((cell) => cell.textContent ?? "");
    return means.filter((mean) => /\d/.test(mean)).length >= 3;
  });
  return rows.length >= 12 && whole.length >= 12 - 1;
}

function withToken(): void {
  test("asks for the token once, then shows the live dashboard", async () => {
    await using directory = await temporaryDirectory();
    const words = ["up", "--no-demo", "--feed", "none", "--listen", "127.0.0.1:0", ...HTTP];
    // The quicker one to start; the store has no part in this.
    const store = HOT_STORES.at(-1)!.make();
    await using rackwatch = start([...words, "--data-dir", directory.path], {
      environment: { ...store.environment, RACKWATCH_TOKEN: "s3cret" },
    });
    const url = await rackwatch.url();
    await using opened = await open(url);
    const { page, complaints } = opened;
    expect(new URL(page.url()).pathname).toBe("/login");
    await page.fill("#token", "s3cret");
    await page.click("button");
    await page.waitForSelector("html.scripted");
    using agent = await connectAgent(await rackwatch.address("listening for agents"));
    await agent.send([`{"token": "s3cret"}`, lineNow("let-in")]);
    await shows(page, FEED, "let-in");
    using stranger = await connectAgent(await rackwatch.address("listening for agents"));
    await stranger.send([`{"token": "wrong"}`, lineNow("kept-out")]);
    await agent.send([lineNow("let-in-again")]);
    await shows(page, FEED, "let-in-again");
    expect(await page.locator(FEED).innerText()).not.toContain("kept-out");
    expect(complaints).toEqual([]);
    expect((await fetch(`${url}/api/status`)).status).toBe(401);
    expect(await rackwatch.stop()).toBe(0);
    await store.drop();
  });
}

function beside(kind: (typeof HOT_STORES)[number]): void {
  test("shows what a stream beside it commits, alerts too", async () => {
    await using directory = await temporaryDirectory();
    const store = kind.make();
    const data = ["--data-dir", directory.path];
    const words = ["stream", "--feed", "none", "--listen", "127.0.0.1:0", ...data];
    await using stream = start(words, store);
    using agent = await connectAgent(await stream.address("listening for agents"));
    await agent.send([lineNow("first")]);
    await using serve = start(["serve", ...HTTP, ...data], store);
    const url = await serve.url();
    await until(() => fetch(`${url}/readyz`), (answer) => answer.ok);
    await using opened = await open(url);
    const { page, complaints } = opened;
    await shows(page, FEED, "first");
    await agent.send([lineNow("second", { temp_c: 92 })]);
    await shows(page, FEED, "second");
    await shows(page, ".alert-items", "second");
    await live(page);
    expect(complaints).toEqual([]);
    expect([await serve.stop(), await stream.stop()]).toEqual([0, 0]);
    await store.drop();
  });
}
