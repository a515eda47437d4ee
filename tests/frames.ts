/**
 * How smoothly the page moves: a real process on the embedded store with the demo's history and
 * 10,000 hosts that an agent pushes beside it, a real Chromium, frames counted in the page while it
 * is live at 10 Hz, scrubbed over all that is recorded, and shows the grid of 10,000 cells.
 *
 *     bun run frames       5 s of each, 3 times
 *     bun run frames 20    20 s of each
 *
 * Prints the median of the frames a second, the frames that a screen of 60 Hz missed, the longest
 * wait between two, and whether the goal of 55 is met.
 */
import { cpus, loadavg } from "node:os";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Status } from "../src/model/status.ts";
import { connectAgent, lineNow } from "./e2e/support/agent.ts";
import { CHROMIUM_FLAGS, findChromium } from "./support/chromium.ts";
import { type Drawn, drawnFor } from "./support/drawn_for.ts";
import { json, start, temporaryDirectory, until } from "./support/rackwatch.ts";

const GOAL = 55;
const HOSTS = 10_000;
const TURNS = 3;
const LIVE_ROWS = 300;

const seconds = Number(process.argv[2] ?? 5);
const executablePath = findChromium();
if (executablePath === null || !(seconds > 0)) {
  console.error("frames: needs a Chromium (CHROMIUM_PATH=…) and a number of seconds, more than 0");
  process.exit(2);
}
await using directory = await temporaryDirectory();
const words = ["up", "--demo", "--feed", "tcp://127.0.0.1:0", "--http", "127.0.0.1:0"];
await using rackwatch = start([
  ...words,
  ...["--listen", "127.0.0.1:0", "--data-dir", directory.path],
]);
const url = await rackwatch.url();
const status = () => json<Status>(`${url}/api/status`);
await until(
  status,
  ({ layers: { batch, speed } }) => batch.files === 3 && speed.committed_rows > LIVE_ROWS,
);
using agent = await connectAgent(await rackwatch.address("listening for agents"));
await agent.send(Array.from(
  { length: HOSTS },
  (_, at) => lineNow(`host-${at}`, { region: `Hall ${at % 3}`, temp_c: 40 + (at % 50) }),
));
await until(status, ({ layers: { speed } }) => speed.committed_rows > LIVE_ROWS + HOSTS);
const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] });
console.log(
  `${seconds} s, ${TURNS} times; load average ${
    loadavg()[0]?.toFixed(1)
  } on ${cpus().length} cores`,
);
await measured("live at 10 Hz, overview", "/", (page) => page.evaluate(drawnFor, seconds * 1000));
await measured("scrubbing, overview", "/", (page) => scrubbed(page));
await measured("scrubbing, linked charts", "/?view=charts", (page) => scrubbed(page));
await measured(
  `live at 10 Hz, ${HOSTS} cells`,
  "/?view=hosts&metric=temp_c",
  (page) => page.evaluate(drawnFor, seconds * 1000),
);
await browser.close();

async function measured(
  what: string,
  at: string,
  count: (page: Page) => Promise<Drawn>,
): Promise<void> {
  const page = await liveAtTenHertz(browser, url + at);
  const seen: Drawn[] = [];
  for (let turn = 0; turn < TURNS; turn++) seen.push(await count(page));
  await page.context().close();
  const middle = (of: (one: Drawn) => number) => seen.map(of).sort((a, b) => a - b)[TURNS >> 1]!;
  const perSecond = middle((one) => one.perSecond);
  console.log(
    `${what.padEnd(28)} ${perSecond.toFixed(1)} frames/s, ${
      middle((one) => one.dropped)
    } missed, ` +
      `longest ${middle((one) => one.longestMs).toFixed(0)} ms: ` +
      (perSecond >= GOAL ? "met" : `NOT met (${GOAL})`),
  );
}

async function liveAtTenHertz(browser: Browser, at: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(at);
  await page.locator('input[name="refresh"]').fill("0");
  await page.waitForSelector('.connection[data-tone="good"]');
  await page.waitForSelector("canvas.timeline-strip");
  await page.waitForSelector("main :is(.chart-body, canvas)");
  return page;
}

/** To and fro over the whole strip for as long as frames are counted. */
async function scrubbed(page: Page): Promise<Drawn> {
  const strip = await page.locator("canvas.timeline-strip").boundingBox();
  if (strip === null) throw new Error("Cannot scrub: the strip is not on the page");
  const y = strip.y + strip.height / 3;
  const x = (part: number) => strip.x + strip.width * (0.1 + 0.8 * part);
  await page.mouse.move(x(1), y);
  await page.mouse.down();
  let isOver = false;
  const counted = page.evaluate(drawnFor, seconds * 1000).finally(() => isOver = true);
  for (let step = 0; !isOver; step++) {
    const part = Math.abs((step % 200) / 100 - 1);
    await page.mouse.move(x(part), y);
  }
  await page.mouse.up();
  return await counted;
}
