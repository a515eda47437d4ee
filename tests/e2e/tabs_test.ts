/** Many tabs of one browser: one stream, no hole, no double, and nothing from those in the background. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { CHROMIUM_FLAGS } from "../support/chromium.ts";
import { start, type Started, temporaryDirectory, until } from "../support/rackwatch.ts";
import { type Agent, connectAgent, lineNow } from "./support/agent.ts";
import { findChromium, launchChromium } from "./support/chromium.ts";
import { FakeServer } from "./support/fake_server.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

setDefaultTimeout(60_000);

const path = findChromium();
let browser: Browser;
let rackwatch: Started;
let agent: Agent;
let url = "";

if (path !== null) {
  const store = HOT_STORES.at(-1)!.make();
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  beforeAll(async () => {
    browser = await launchChromium(path);
    directory = await temporaryDirectory();
    const words = ["up", "--no-demo", "--feed", "none", "--listen", "127.0.0.1:0"];
    rackwatch = start(
      [...words, "--http", "127.0.0.1:0", "--data-dir", directory.path],
      { environment: { ...store.environment, RACKWATCH_TOKEN: "s3cret" } },
    );
    url = await rackwatch.url();
    agent = await connectAgent(await rackwatch.address("listening for agents"));
    await agent.send([`{"token": "s3cret"}`]);
  });
  afterAll(async () => {
    await browser.close();
    agent[Symbol.dispose]();
    expect(await rackwatch.stop()).toBe(0);
    await store.drop();
    await directory[Symbol.asyncDispose]();
  });
  tests();
}

const AUTHORISED = { headers: { authorization: "Bearer s3cret" } };

/** Event streams that the server has open. */
async function streams(): Promise<number> {
  const text = await (await fetch(`${url}/metrics`, AUTHORISED)).text();
  return Number(/^rackwatch_sse_clients (\d+)$/m.exec(text)?.[1]);
}

/** A browser that is logged in: the stream's worker has nothing but the cookie. */
async function loggedIn(): Promise<BrowserContext> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  await page.fill("#token", "s3cret");
  await page.click("button");
  await page.waitForSelector("html.scripted");
  await page.close();
  await until(streams, (count) => count === 0);
  return context;
}

async function tab(context: BrowserContext, at = url): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(at);
  await page.waitForSelector('.connection:is([data-tone="good"], [data-tone="quiet"])');
  await page.waitForFunction(() => document.documentElement.dataset.stream !== undefined);
  return page;
}

const ROWS = ".volume .panel-aside";
const shows = (page: Page, rows: number) =>
  page.waitForFunction(
    ([selector, text]) => document.querySelector(selector!)?.textContent === text,
    [ROWS, `${rows} readings`],
    { polling: 10 },
  );

function tests() {
  test("tabs: three have one stream, and the one that is opened first may go first", async () => {
    const context = await loggedIn();
    const pages = [await tab(context), await tab(context), await tab(context)];
    let sent = 0;
    const send = async (count: number) => {
      await agent.send(Array.from({ length: count }, () => lineNow(`host-${sent++ % 7}`)));
    };
    await send(5);
    for (const page of pages) await shows(page, sent);
    await until(streams, (count) => count === 1);

    const [first, ...rest] = pages;
    await first!.close();
    await send(7);
    for (const page of rest) await shows(page, sent);
    await until(streams, (count) => count === 1);

    // A new one shows at once what the others do, and goes on with them.
    const late = await tab(context);
    await shows(late, sent);
    await send(3);
    for (const page of [...rest, late]) await shows(page, sent);
    await until(streams, (count) => count === 1);
    await context.close();
    await until(streams, (count) => count === 0);
  });

  test("tabs: where the worker is killed, another takes over without a hole or a double", async () => {
    const context = await loggedIn();
    const pages = [await tab(context), await tab(context)];
    const before = Number((await pages[0]!.locator(ROWS).innerText()).split(" ")[0]);
    await agent.send([lineNow("before-the-end")]);
    for (const page of pages) await shows(page, before + 1);
    await killSharedWorker(context);
    await agent.send([lineNow("while-away"), lineNow("while-away-too")]);
    for (const page of pages) await shows(page, before + 3);
    for (const page of pages) {
      await page.waitForFunction(() =>
        document.querySelector(".feed tbody")?.textContent
          ?.includes("while-away-too")
      );
    }
    await until(streams, (count) => count === 1);
    await context.close();
  });

  test("tabs: without shared workers each has a stream of its own", async () => {
    const context = await loggedIn();
    await context.addInitScript(() => {
      delete (globalThis as { SharedWorker?: unknown }).SharedWorker;
    });
    const pages = [await tab(context), await tab(context)];
    for (const page of pages) await page.waitForSelector('.connection[data-tone="good"]');
    await until(streams, (count) => count === 2);
    await context.close();
  });

  test("tabs: over plain HTTP, where there are no locks, three have one stream too", async () => {
    await using fake = await servedFake();
    const flags = [...CHROMIUM_FLAGS, "--host-resolver-rules=MAP elsewhere.test 127.0.0.1"];
    const insecure = await chromium.launch({ executablePath: path!, args: flags });
    const context = await insecure.newContext();
    const at = fake.server.url.replace("127.0.0.1", "elsewhere.test");
    const pages = [await tab(context, at), await tab(context, at), await tab(context, at)];
    expect(await pages[0]!.evaluate(() => "locks" in navigator)).toBe(false);
    for (const page of pages) await page.waitForSelector('.connection[data-tone="good"]');
    await until(() => fake.server.clients, (clients) => clients === 1);
    await pages[0]!.close();
    await pages[1]!.reload();
    for (const page of pages.slice(1)) await page.waitForSelector('.connection[data-tone="good"]');
    await until(() => fake.server.clients, (clients) => clients === 1);
    await insecure.close();
  });

  test("tabs: the stream is as fast as the fastest, and a slow one stays slow", async () => {
    await using fake = await servedFake();
    const context = await browser.newContext();
    await context.addInitScript(countFrames);
    const slow = await tab(context, fake.server.url);
    const fast = await tab(context, fake.server.url);
    await fast.locator('input[name="refresh"]').fill("0");
    await fast.waitForFunction(framesSince, 0);
    await until(() => fake.server.clients, (clients) => clients === 1);
    expect(fake.server.requests).toContain("GET /events?hz=10");
    const before = await slow.evaluate(frames);
    const from = await fast.evaluate(frames);
    await fast.waitForFunction(framesSince, from + 40, { polling: 20, timeout: 30_000 });
    expect(await slow.evaluate(frames) - before).toBeLessThan(20);
    await slow.waitForFunction(framesSince, before + 1, { polling: 20 });
    await fast.close();
    await until(
      () => fake.server.requests.at(-1),
      (last) => last === "GET /events?hz=1",
    );
    await context.close();
  });

  test("tabs: in the background there is no timer, no request and, in the end, no stream", async () => {
    await using fake = await servedFake();
    const context = await browser.newContext();
    await context.addInitScript(watchTimers);
    const page = await tab(context, fake.server.url);
    await page.waitForSelector('.connection[data-tone="good"]');
    await page.evaluate(() => {
      Object.defineProperty(document, "visibilityState", { value: "hidden" });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await until(() => fake.server.clients, (clients) => clients === 0);
    await page.locator(".connection-state", { hasText: "Asleep" }).waitFor();
    // What saying so takes comes to its end.
    await until(() => page.evaluate(quietFor, 300), (fired) => fired === 0);
    const asked = fake.server.requests.length;
    expect(await page.evaluate(quietFor, 2_000)).toBe(0);
    expect(await page.evaluate(timersFired)).toBeGreaterThan(0);
    expect(fake.server.requests.length).toBe(asked);
    await context.close();
  });
}

async function servedFake() {
  const server = await FakeServer.start();
  return { server, [Symbol.asyncDispose]: () => server.stop() };
}

/** Ends the process of the worker as a crash would. */
async function killSharedWorker(context: BrowserContext): Promise<void> {
  const session = await context.browser()!.newBrowserCDPSession();
  const { targetInfos } = await session.send("Target.getTargets");
  const worker = targetInfos.find((each) =>
    each.type === "shared_worker" && each.url.includes(url)
  );
  expect(worker).toBeDefined();
  await session.send("Target.closeTarget", { targetId: worker!.targetId });
  await session.detach();
}

/** Counts the frames that the page gets of the worker. */
function countFrames(): void {
  const counted = globalThis as unknown as { frames: number };
  counted.frames = 0;
  const { addEventListener } = MessagePort.prototype;
  MessagePort.prototype.addEventListener = function (
    this: MessagePort,
    type: string,
    listener: EventListenerOrEventListenerObject,
  ) {
    addEventListener.call(this, type, listener);
    addEventListener.call(this, type, (event) => {
      const { data } = event as MessageEvent<{ event?: { type: string } }>;
      if (data.event?.type === "frame") counted.frames++;
    });
  };
}

function frames(): number {
  return (globalThis as unknown as { frames: number }).frames;
}

function framesSince(count: number): boolean {
  return (globalThis as unknown as { frames: number }).frames > count;
}

interface Watched {
  fired: number;
}

function watchTimers(): void {
  const watched = globalThis as unknown as Watched;
  watched.fired = 0;
  const { setTimeout: timeout, setInterval: interval, requestAnimationFrame: frame } = globalThis;
  const counted = (task: TimerHandler) => (...given: unknown[]) => {
    watched.fired++;
    if (typeof task === "function") task(...given);
  };
  globalThis.setTimeout =
    ((task: TimerHandler, ms?: number) =>
      timeout(counted(task), ms)) as unknown as typeof setTimeout;
  globalThis.setInterval =
    ((task: TimerHandler, ms?: number) =>
      interval(counted(task), ms)) as unknown as typeof setInterval;
  globalThis.requestAnimationFrame = (task) => frame(counted(task as TimerHandler));
}

function timersFired(): number {
  return (globalThis as unknown as Watched).fired;
}

/** Timers that fired within that time, but for the one that waits for it. */
function quietFor(ms: number): Promise<number> {
  const watched = globalThis as unknown as Watched;
  const before = watched.fired;
  return new Promise((resolve) => setTimeout(() => resolve(watched.fired - before - 1), ms));
}
