/** The login in a real Chromium: what a browser sends along with a form decides whether it works. */
import { expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { loadClientAssets } from "../../src/assets/client_assets.ts";
import { Hub } from "../../src/live/hub.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { startServer } from "../../src/server.ts";
import { findChromium, launchChromium, watchedPage } from "../e2e/support/chromium.ts";
import { testServer, testStatus } from "./context.ts";

const path = findChromium();
const TOKEN = "s3cret";

async function submit(page: Page, token: string): Promise<void> {
  await page.fill("#token", token);
  await page.click("button");
}

if (path !== null) {
  for (const javaScriptEnabled of [true, false]) {
    test(
      `the login lets a browser in ${javaScriptEnabled ? "with" : "without"} JavaScript`,
      async () => {
        const hub = new Hub({ clock: REAL_CLOCK, log: SILENT_LOG });
        hub.setStatus(testStatus());
        const { app } = testServer({
          hub,
          assets: await loadClientAssets(),
          config: { token: TOKEN },
        });
        const address = { hostname: "127.0.0.1", port: 0 };
        const running = startServer(app, { address, clock: REAL_CLOCK, log: SILENT_LOG });
        const browser = await launchChromium(path);
        try {
          const origin = running.url.slice(0, -1);
          const { page, complaints } = await watchedPage(browser, origin, { javaScriptEnabled });
          await page.goto(running.url);
          expect(page.url()).toBe(`${running.url}login`);
          await submit(page, "wrong");
          expect(await page.locator("#wrong").innerText()).toContain("not this server's token");
          await submit(page, TOKEN);
          await page.waitForSelector(".brand");
          expect(page.url()).toBe(running.url);
          if (javaScriptEnabled) {
            await page.locator(".connection-state", { hasText: /Live|Waiting|Stalled/ }).waitFor();
          }
          expect(hub.clients).toBe(javaScriptEnabled ? 1 : 0);
          // The refused try is meant to be told, and there is no store behind this page.
          expect(complaints.filter((each) => !/\b(401|503)\b/.test(each))).toEqual([]);
        } finally {
          await browser.close();
          await running.stop();
        }
      },
      60_000,
    );
  }
}
