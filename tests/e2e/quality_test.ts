/**
 * Alerts and data quality in a real Chromium, over good and bad lines that a live process really
 * took in: the views `alerts` and `quality`.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { Status } from "../../src/model/status.ts";
import { json, start, type Started, temporaryDirectory, until } from "../support/rackwatch.ts";
import { type Agent, connectAgent, lineNow } from "./support/agent.ts";
import { findChromium, launchChromium, watchedPage } from "./support/chromium.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

setDefaultTimeout(60_000);

const EVIL = `<img src=x onerror="document.title='run'">`;
const LONG = `{"host_id": "long", "note": "${"x".repeat(600)}`;
/** Of the run that is finished before the other tests begin. */
const EARLIER_LINES = 12;
const GOOD = 9;
const BAD = {
  invalid_json: ['{"host_id": "torn", ', "no JSON \u0001\u202e at all", LONG],
  invalid_number: [lineNow("unit-1", { temp_c: "131 °F" }), lineNow("unit-2", { temp_c: "55 C" })],
  invalid_time: [JSON.stringify({ host_id: EVIL, timestamp: "yesterday", temp_c: 50 })],
} as const;
const BAD_COUNT = Object.values(BAD).flat().length;

const path = findChromium();
let browser: Browser;
if (path !== null) {
  beforeAll(async () => {
    browser = await launchChromium(path);
  });
  afterAll(() => browser.close());
  for (const kind of HOT_STORES) describe(`quality, ${kind.name}`, () => quality(kind));
}

interface ListedAlert {
  readonly id: string;
  readonly host_id: string;
  readonly opened: string;
  readonly acknowledged_note: string | null;
}

function quality(kind: (typeof HOT_STORES)[number]): void {
  const store = kind.make();
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let rackwatch: Started;
  let agent: Agent;
  let url = "";
  const status = () => json<Status>(`${url}/api/status`);
  const alerts = () => json<ListedAlert[]>(`${url}/api/alerts`);
  const alertOf = async (host: string) => (await alerts()).find((one) => one.host_id === host)!;

  async function begin(): Promise<void> {
    const words = ["up", "--no-demo", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
    rackwatch = start([...words, "--data-dir", directory.path], store);
    url = await rackwatch.url();
    agent = await connectAgent(await rackwatch.address("listening for agents"));
  }

  async function end(): Promise<void> {
    agent[Symbol.dispose]();
    expect(await rackwatch.stop()).toBe(0);
  }

  beforeAll(async () => {
    directory = await temporaryDirectory();
    await begin();
    await agent.send(Array.from({ length: EARLIER_LINES }, (_, nth) => lineNow(`early-${nth}`)));
    await until(status, ({ layers }) => layers.speed.committed_rows === EARLIER_LINES);
    await end();
    await begin();
    const cool = Array.from({ length: GOOD - 3 }, (_, nth) => lineNow(`cool-${nth}`));
    const hot = [EVIL, "hot-1", "hot-2"].map((host) => lineNow(host, { temp_c: 95 }));
    await agent.send([...cool, ...hot, "", ...Object.values(BAD).flat()]);
    await until(
      status,
      ({ layers: { speed } }) => speed.committed_rows === GOOD && speed.dead_letters === BAD_COUNT,
    );
    await until(alerts, (list) => list.length === 3);
  });
  afterAll(async () => {
    await end();
    await store.drop();
    await directory[Symbol.asyncDispose]();
  });

  async function open(search: string) {
    const watched = await watchedPage(browser, url);
    await watched.page.goto(`${url}/${search}`);
    await watched.page.waitForSelector(".connection-state");
    return { ...watched, [Symbol.asyncDispose]: () => watched.page.context().close() };
  }

  test("the counters add up to the line, and the page says so", async () => {
    await using opened = await open("?view=quality");
    const { page, complaints } = opened;
    const cell = (name: string) => page.locator(`tr[data-layer=speed] [data-count=${name}]`);
    await page.waitForSelector('.verdicts [data-layer=speed] [data-tone="good"]');
    expect(await cell("received").innerText()).toBe(String(GOOD + BAD_COUNT));
    expect(await cell("committed").innerText()).toBe(String(GOOD));
    expect(await cell("rejected").innerText()).toBe(String(BAD_COUNT));
    expect(await cell("pending").innerText()).toBe("0");
    expect(await page.locator(".verdicts [data-layer=speed]").innerText()).toContain("Adds up");
    expect(await page.locator(".ledger .note").innerText()).toContain("1 came");
    await page.waitForSelector('.sources tr[data-source="live"]');
    expect(await page.locator('.sources tr[data-source="live"]').innerText())
      .toContain(String(EARLIER_LINES + GOOD));
    expect(complaints).toEqual([]);
  });

  test("dead letters are counted by reason, and shown with their raw text as text", async () => {
    await using opened = await open("?view=quality");
    const { page, complaints } = opened;
    for (const [code, lines] of Object.entries(BAD)) {
      const row = page.locator(`.reject-groups tr[data-code=${code}]`);
      expect(await row.locator("td.number").innerText()).toBe(String(lines.length));
    }
    const markup = page.locator(".reject[data-code=invalid_time]");
    expect(await markup.locator(".raw-text").innerText()).toBe(BAD.invalid_time[0]);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).not.toBe("run");

    await page.click(".reject-groups tr[data-code=invalid_json] button");
    await page.waitForFunction(() => document.querySelectorAll(".reject").length === 3);
    const texts = () => page.locator(".raw-text").allInnerTexts();
    expect((await texts())[1]).toBe(String.raw`no JSON \x01\u202e at all`);
    expect((await texts())[0]?.length).toBeLessThan(LONG.length);
    await page.click('.raw button:has-text("Show all")');
    expect((await texts())[0]).toBe(LONG);
    expect(complaints).toEqual([]);
  });

  test("an alert is acknowledged by keys, with a note that is there after a reload", async () => {
    await using opened = await open("?view=alerts");
    const { page, complaints } = opened;
    const row = page.locator(`.alert-row:has(button[data-row]:text("${"hot-1"}"))`);
    await row.locator("button[data-row]").focus();
    await page.keyboard.press("a");
    await page.keyboard.type("fan <b>3</b> is dead");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".alert-note");
    expect(await focusedRow(page)).toBe((await alertOf("hot-1")).id);
    expect((await alertOf("hot-1")).acknowledged_note).toBe("fan <b>3</b> is dead");
    await page.reload();
    expect(await row.locator(".alert-note").textContent()).toBe("fan <b>3</b> is dead");
    expect(await page.locator(".alert-note b").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("a refused acknowledgement says why where it was tried", async () => {
    await using opened = await open("?view=alerts");
    const { page } = opened;
    await page.route(
      "**/acknowledge",
      (route) =>
        route.fulfill({
          status: 503,
          json: { error: { code: "x", message: "The store is away." } },
        }),
    );
    await page.click('.alert-row:has-text("hot-2") button:has-text("Acknowledge")');
    await page.click('.note-form button:has-text("Acknowledge")');
    await page.waitForSelector('.alert-row:has-text("hot-2") [role=alert]:has-text("away")');
    await page.keyboard.press("Escape");
    await page.waitForSelector(".note-form", { state: "detached" });
  });

  test("a click on an alert takes the cursor to its opening, and its host's page is one more", async () => {
    await using opened = await open("?view=alerts");
    const { page, complaints } = opened;
    const { opened: at } = await alertOf(EVIL);
    await page.click(`.alert-row:has-text("onerror") button[data-row]`);
    await page.waitForSelector('.connection[data-tone="past"]');
    expect(await page.locator(".connection-state").innerText()).toContain("Paused");
    expect(await page.locator(".connection-clock time").getAttribute("datetime"))
      .toBe(new Date(at).toISOString());
    expect(Date.parse(new URL(page.url()).searchParams.get("at")!)).toBe(Date.parse(at));
    const there = page.locator('.alert-row[aria-current="true"]:has-text("onerror") a');
    const address = new URL((await there.getAttribute("href"))!, url).searchParams;
    expect([address.get("view"), address.get("host")]).toEqual(["host", EVIL]);
    await page.click('.alert-row[aria-current="true"] .acknowledged button');
    expect(await page.locator(".note-form .note").innerText()).toContain("acts now");
    expect(complaints).toEqual([]);
  });

  test("the overview's list leads there as well", async () => {
    await using opened = await open("");
    const { page, complaints } = opened;
    await page.waitForSelector('.alert-item:has-text("hot-1") .alert-note');
    await page.click('.alert-item:has-text("hot-1") .alert-jump');
    await page.waitForSelector('.connection-state:has-text("Paused")');
    const at = new URL(page.url()).searchParams.get("at")!;
    expect(Date.parse(at)).toBe(Date.parse((await alertOf("hot-1")).opened));
    expect(complaints).toEqual([]);
  });

  test("alerts are filtered by host and walked through by keys", async () => {
    await using opened = await open("?view=alerts");
    const { page, complaints } = opened;
    await page.waitForFunction(() => document.querySelectorAll(".alert-row").length === 3);
    await page.fill("input[name=alert-host]", "HOT");
    await page.waitForFunction(() => document.querySelectorAll(".alert-row").length === 2);
    const ids = await page.locator(".alert-row").evaluateAll((rows) =>
      rows.map((row) => (row as HTMLElement).dataset["alert"] ?? "")
    );
    await page.locator(".alert-row button[data-row]").first().focus();
    await page.keyboard.press("ArrowDown");
    expect(await focusedRow(page)).toBe(ids[1]!);
    await page.keyboard.press("ArrowUp");
    expect(await focusedRow(page)).toBe(ids[0]!);
    await page.keyboard.press("Enter");
    await page.waitForSelector('.connection-state:has-text("Paused")');
    await page.selectOption("select[name=alert-severity]", "warning");
    await page.waitForSelector("text=No alert that fits");
    expect(complaints).toEqual([]);
  });

  test("a finished run is replayed from the page, and nothing comes of it", async () => {
    await using opened = await open("?view=quality");
    const { page, complaints } = opened;
    const before = await alerts();
    const run = page.locator('.runs tr[data-state="closed"]');
    expect(await run.innerText()).toContain("Complete");
    const fromMs = Date.parse((await run.locator("time").first().getAttribute("datetime"))!);
    await run.getByRole("button").click();
    await page.waitForSelector('.connection-state:has-text("Replay 1×")');
    const address = new URL(page.url()).searchParams;
    expect([address.get("view"), address.get("play")]).toEqual([null, "1"]);
    expect(Date.parse(address.get("at")!) - fromMs).toBeLessThan(5_000);
    // The picture of that time: only what had come by then.
    await page.waitForSelector('.volume:has-text("12")');
    expect(await alerts()).toEqual(before);
    expect(complaints).toEqual([]);
  });
}

function focusedRow(page: Page): Promise<string | undefined> {
  return page.evaluate(() =>
    document.activeElement?.closest<HTMLElement>("[data-alert]")?.dataset["alert"]
  );
}
