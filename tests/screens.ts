/**
 * Makes the pictures in docs/screens: every view of the page, light and dark, wide and narrow, and
 * the overview at an alert of the past; git keeps those that the README shows. A real process with
 * the demo's fleet, a real Chromium.
 *
 *     bun run screens
 */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium, type Page } from "playwright-core";
import { VIEWS } from "../src/browser/address.ts";
import type { Status } from "../src/model/status.ts";
import { CHROMIUM_FLAGS, findChromium } from "./support/chromium.ts";
import { json, start, temporaryDirectory, until } from "./support/rackwatch.ts";

const OUT = fileURLToPath(new URL("../docs/screens/", import.meta.url));
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } } as const;
/** Long enough for live lines that are lines. */
const LIVE_ROWS = 1_500;
const SETTLE_MS = 2_500;

const executablePath = findChromium();
if (executablePath === null) {
  console.error("screens: no Chromium found; install one or name it with CHROMIUM_PATH=…");
  process.exit(1);
}
await using directory = await temporaryDirectory();
const words = ["up", "--demo", "--feed", "tcp://127.0.0.1:0", "--http", "127.0.0.1:0"];
await using rackwatch = start([...words, "--data-dir", directory.path]);
const url = await rackwatch.url();
await until(
  () => json<Status>(`${url}/api/status`),
  ({ layers: { batch, speed } }) => batch.files === 3 && speed.committed_rows > LIVE_ROWS,
);
const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] });
await mkdir(OUT, { recursive: true });
for (const colorScheme of ["light", "dark"] as const) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    const context = await browser.newContext({ colorScheme, viewport, timezoneId: "UTC" });
    const page = await context.newPage();
    for (const [name, at] of await pictures()) {
      await page.goto(url + at);
      await settled(page);
      const path = `${OUT}${name}-${size}-${colorScheme}.jpg`;
      await page.screenshot({ path, type: "jpeg", quality: 82 });
      console.log(path);
    }
    await context.close();
  }
}
await browser.close();

/** Name and address of each. */
async function pictures(): Promise<(readonly [string, string])[]> {
  const alerts = await json<{ opened: string; host_id: string; region: string }[]>(
    `${url}/api/alerts?state=closed&limit=50`,
  );
  const alert = alerts.at(-1);
  const atMs = alert === undefined ? Date.now() - 3_600_000 : Date.parse(alert.opened) + 60_000;
  const at = `at=${new Date(atMs).toISOString()}&range=1h&metric=temp_c`;
  const host = alert === undefined
    ? ""
    : `&host=${encodeURIComponent(alert.host_id)}&region=${encodeURIComponent(alert.region)}`;
  return [
    ...VIEWS.map((view) => {
      const more = view === "host" ? `${host}&${at}` : view === "charts" ? "&range=15m" : "";
      return [view, `/?view=${view}${more}`] as const;
    }),
    ["past", `/?${at}`] as const,
  ];
}

/** Charts drawn, and nothing asked of the server for a while. */
async function settled(page: Page): Promise<void> {
  await page.waitForSelector("canvas.timeline-strip");
  await page.waitForTimeout(SETTLE_MS);
}
