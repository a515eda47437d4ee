/** A column that was renamed in a history file, as the API and the page tell it, also after a rebuild. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import type { Status } from "../../src/model/status.ts";
import { json, start, type Started, temporaryDirectory, until } from "../support/rackwatch.ts";
import { findChromium, launchChromium, watchedPage } from "./support/chromium.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

setDefaultTimeout(60_000);

const EVIL = "<b>fan</b>";
const FILES = [
  ["a.csv", `host,time,temp_f,${EVIL}\nr1,2026-01-01T00:00:00Z,104,7\n`, Date.UTC(2026, 0, 1)],
  ["b.csv", "host,time,temp_c\nr1,2026-02-01T00:00:00Z,40\n", Date.UTC(2026, 1, 1)],
] as const;
const WORDS =
  `temp_f gone, temp_c added: temperature is now read from temp_c in celsius; ${EVIL} gone`;

const path = findChromium();

for (const kind of HOT_STORES) {
  describe(`schemas of sources, ${kind.name}`, () => {
    const store = kind.make();
    let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
    let rackwatch: Started;
    let url = "";
    let browser: Browser | null = null;

    beforeAll(async () => {
      directory = await temporaryDirectory();
      const config = join(directory.path, "rackwatch.toml");
      await writeFile(config, `[[source]]\nname = "lab"\npath = "*.csv"\n`);
      for (const [name, content, writtenMs] of FILES) {
        await writeFile(join(directory.path, name), content);
        await utimes(join(directory.path, name), writtenMs / 1000, writtenMs / 1000);
      }
      const places = ["--config", config, "--data-dir", directory.path];
      rackwatch = start(
        ["up", ...places, "--feed", "none", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"],
        store,
      );
      url = await rackwatch.url();
      await until(
        () => json<Status>(`${url}/api/status`),
        ({ layers: { batch } }) => batch.rows_loaded === 2 && batch.state === "idle",
      );
      if (path !== null) browser = await launchChromium(path);
    });
    afterAll(async () => {
      await browser?.close();
      expect(await rackwatch.stop()).toBe(0);
      await store.drop();
      await directory[Symbol.asyncDispose]();
    });

    const asked = async () => {
      const sources = await json<Record<string, unknown>[]>(`${url}/api/sources`);
      const { schema, schema_changes } = sources.find(({ name }) => name === "lab")!;
      return { schema, schema_changes };
    };

    test("the API tells version, file and change, and so it does after a rebuild", async () => {
      const before = await asked();
      expect(before).toMatchObject({
        schema: { version: 2, seen_in: "b.csv", first_seen: "2026-02-01T00:00:00Z" },
        schema_changes: [{ at: "2026-02-01T00:00:00Z", from: "b.csv", words: WORDS }],
      });
      const rebuilt = await fetch(`${url}/api/rebuild`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: url },
        body: "{}",
      });
      expect([rebuilt.status, (await rebuilt.text()).length > 0]).toEqual([200, true]);
      expect(await asked()).toEqual(before);
    });

    test("the page tells it as text", async () => {
      if (browser === null) return;
      const { page, complaints } = await watchedPage(browser, url);
      await page.goto(`${url}/?view=quality`);
      await page.waitForSelector(".schema-news");
      const row = page.locator('.sources tr[data-source="lab"]');
      expect(await row.innerText()).toContain("columns version 2");
      expect(await page.locator(".schema-news").innerText()).toStartWith(`${WORDS} (`);
      expect(await page.locator(".schema-news").innerText()).toEndWith(", b.csv)");
      expect(await page.locator(".schema-news b").count()).toBe(0);
      expect(complaints).toEqual([]);
      await page.context().close();
    });
  });
}
