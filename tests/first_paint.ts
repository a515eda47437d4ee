/**
 * How soon the page shows data: a real process on the embedded store with the demo's 30,000 rows, a
 * real Chromium, and so many loads, each in a context of its own, so that nothing is in a cache.
 *
 *     bun run paint            20 loads
 *     bun run paint 50 live    fifty, of the live page (or `past`: of a moment half a day ago)
 *
 * Prints the median, the 95th percentile and the slowest of: the answer's first byte, the first
 * contentful paint, the first frame that shows a chart's line with data (the server draws it), the
 * first frame in which the chart answers to hands and keys, and what script and style weighed until
 * the network was still.
 */
import { cpus, loadavg } from "node:os";
import { chromium } from "playwright-core";
import type { Status } from "../src/model/status.ts";
import { CHROMIUM_FLAGS, findChromium } from "./support/chromium.ts";
import { loadedFiles } from "./support/loaded_files.ts";
import { json, start, temporaryDirectory, until } from "./support/rackwatch.ts";

const ROWS = 30_000;
/** Long enough for live lines that are lines. */
const LIVE_ROWS = 300;
const HALF_DAY_MS = 43_200_000;

const loads = Number(process.argv[2] ?? 20);
const isPast = process.argv[3] === "past";
const executablePath = findChromium();
if (executablePath === null || !Number.isInteger(loads) || loads < 1) {
  console.error("paint: needs a Chromium (CHROMIUM_PATH=…) and a whole number of loads, 1 or more");
  process.exit(2);
}
await using directory = await temporaryDirectory();
const words = ["up", "--demo", "--feed", "tcp://127.0.0.1:0", "--http", "127.0.0.1:0"];
await using rackwatch = start([...words, "--data-dir", directory.path]);
const url = await rackwatch.url();
await until(
  () => json<Status>(`${url}/api/status`),
  ({ layers: { batch, speed } }) =>
    batch.rows_loaded >= ROWS - 100 && speed.committed_rows > LIVE_ROWS,
);
const at = isPast ? `?at=${new Date(Date.now() - HALF_DAY_MS).toISOString()}` : "";
const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] });
const seen: Record<string, number>[] = [];
let files = new Map<string, number>();
// The first load asks for the files' smallest coding, which is made beside it.
for (let load = -1; load < loads; load++) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(watchFrames);
  await page.goto(`${url}/${at}`);
  await page.waitForFunction(() => "liveChart" in (globalThis as unknown as Seen).seenMs);
  if (load >= 0) seen.push(await page.evaluate(() => (globalThis as unknown as Seen).seenMs));
  if (load === loads - 1) files = await loadedFiles(page, url);
  await context.close();
}
await browser.close();
print();

interface Seen {
  seenMs: Record<string, number>;
}

/** Runs in the page, before all else of it: when what is seen first. */
function watchFrames(): void {
  const seenMs: Record<string, number> = {};
  (globalThis as unknown as Seen).seenMs = seenMs;
  new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries()) {
      if (name === "first-contentful-paint") seenMs["firstContentfulPaint"] = startTime;
    }
  }).observe({ type: "paint", buffered: true });
  const once = (name: string, isSeen: boolean) => {
    if (isSeen && !(name in seenMs)) seenMs[name] = performance.now();
  };
  const look = () => {
    const [navigation] = performance.getEntriesByType("navigation");
    seenMs["firstByte"] = (navigation as PerformanceNavigationTiming).responseStart;
    // What stands in the document now is on the screen with the next frame.
    const line = document.querySelector('.chart .sketch-line[d*="L"]');
    const isAlive = document.querySelector('.chart .chart-plot[role="application"]') !== null;
    requestAnimationFrame(() => {
      once("chartWithData", line !== null);
      once("liveChart", isAlive && "firstContentfulPaint" in seenMs);
      look();
    });
  };
  requestAnimationFrame(look);
}

function print(): void {
  const names = ["firstByte", "firstContentfulPaint", "chartWithData", "liveChart"];
  const text = (value: number) => value.toFixed(0).padStart(8);
  // Beside others' work a browser and a server on the same cores wait for their turn.
  const load = `load average ${loadavg()[0]?.toFixed(1)} on ${cpus().length} cores`;
  console.log(`${loads} loads, ${isPast ? "half a day ago" : "live"}, ms; ${load}`);
  console.log(`${"".padEnd(22)}  median     p95 slowest`);
  for (const name of names) {
    const sorted = seen.map((one) => one[name]!).sort((a, b) => a - b);
    const part = (share: number) => sorted[Math.min(loads - 1, Math.floor(loads * share))]!;
    console.log(name.padEnd(22) + text(part(0.5)) + text(part(0.95)) + text(sorted.at(-1)!));
  }
  const bytes = [...files.values()].reduce((sum, each) => sum + each, 0);
  console.log(`script and style until the network is still: ${bytes} bytes in ${files.size} files`);
  for (const [path, size] of [...files].sort((a, b) => b[1] - a[1])) {
    console.log(`  ${size} ${path}`);
  }
}
