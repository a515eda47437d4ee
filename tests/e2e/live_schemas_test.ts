/** A live connection whose columns change midway, and sources that are not heard, on both stores. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import type { Status } from "../../src/model/status.ts";
import type { SourceJson } from "../../src/store/queries/sources.ts";
import {
  json,
  run,
  setUntilTimeout,
  start,
  type Started,
  temporaryDirectory,
  until,
} from "../support/rackwatch.ts";
import { connectAgent } from "./support/agent.ts";
import { findChromium, launchChromium, watchedPage } from "./support/chromium.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

setDefaultTimeout(90_000);
setUntilTimeout(80_000);

const TOML = `agent_silent_after_s = 2

[[source]]
name = "rack"
listen = true
host_id = ["node", "server"]
region = "Lab"
timestamp = "at"
temp_c = "heat"

[[source]]
name = "quick"
listen = true
silent_after_s = 2
host_id = "quick_host"
region = "Lab"
timestamp = "at"
temp_c = "heat"

[[source]]
name = "absent"
path = "absent/*.csv"
silent_after_s = 1
`;
const WORDS = "node gone, server added: host is now read from server";
const at = new Date().toISOString();
const lines = (host: string, count: number) =>
  Array.from(
    { length: count },
    (_, index) => JSON.stringify({ [host]: `a-${index % 5}`, at, heat: 20 + index % 9 }),
  );

const path = findChromium();

for (const kind of HOT_STORES) {
  describe(`live sources, ${kind.name}`, () => {
    const store = kind.make();
    let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
    let rackwatch: Started;
    let url = "";
    let browser: Browser | null = null;

    beforeAll(async () => {
      directory = await temporaryDirectory();
      const config = join(directory.path, "rackwatch.toml");
      await writeFile(config, TOML);
      const places = ["--config", config, "--data-dir", directory.path, "--no-open"];
      rackwatch = start(
        ["up", ...places, "--feed", "none", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"],
        store,
      );
      url = await rackwatch.url();
      await until(() => fetch(`${url}/readyz`), (answer) => answer.ok);
      if (path !== null) browser = await launchChromium(path);
    });
    afterAll(async () => {
      await browser?.close();
      expect(await rackwatch.stop()).toBe(0);
      await store.drop();
      await directory[Symbol.asyncDispose]();
    });

    const source = async (name: string) =>
      (await json<SourceJson[]>(`${url}/api/sources`)).find((one) => one.name === name);
    const agentAt = () => rackwatch.address("listening for agents");

    test("a change midway is told by API, log and metrics, and stays over a rebuild", async () => {
      using agent = await connectAgent(await agentAt());
      await agent.send(lines("node", 300));
      const first = await until(() => source("rack"), (one) => one?.schema?.version === 1);
      expect(first).toMatchObject({ kind: "live", declared: true, silent: false, rows: null });
      expect(first!.schema!.columns.map(({ name }) => name)).toEqual(["at", "heat", "node"]);
      await agent.send(lines("server", 300));
      const changed = await until(() => source("rack"), (one) => one?.schema?.version === 2);
      const from = expect.stringMatching(
        /^live_data\/stream_run_[\d_-]+\/part-000000\.ndjson, byte [1-9]\d*, connection 1$/,
      );
      expect(changed!.schema_changes).toMatchObject([{ version: 2, from, words: WORDS }]);
      const line = await rackwatch.log(({ message }) => message === "a source's columns changed");
      expect(line).toMatchObject({ source: "rack", version: 2, changes: WORDS });
      const metrics = await until(
        () => fetch(`${url}/metrics`).then((answer) => answer.text()),
        (text) => /schema_changes_total\{source="rack",kind="live"\} 1\n/.test(text),
      );
      expect(metrics).toContain('rackwatch_source_silent{source="rack",kind="live"} 0\n');
      const rebuilt = await fetch(`${url}/api/rebuild`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: url },
        body: "{}",
      });
      expect([rebuilt.status, (await rebuilt.text()).includes("error")]).toEqual([200, false]);
      const after = await source("rack");
      expect(after!.schema_changes).toEqual(changed!.schema_changes);
    });

    test("a source that is not heard is said to be silent until it is", async () => {
      const metric = (name: string, value: number) =>
        until(
          () => fetch(`${url}/metrics`).then((answer) => answer.text()),
          (text) =>
            text.includes(`rackwatch_source_silent{source="${name}",kind="live"} ${value}\n`),
        );
      const said = (message: string) =>
        rackwatch.log((line) => line.message === message && line["source"] === "quick");
      await metric("quick", 1);
      expect(await source("quick")).toMatchObject({ last_record: null, silent_s: null });
      await said("a source was never heard");
      using agent = await connectAgent(await agentAt());
      await agent.send(lines("quick_host", 1));
      await metric("quick", 0);
      await said("a source is heard again");
      const silent = await until(() => source("quick"), (one) => one?.silent === true);
      expect(silent).toMatchObject({ kind: "live", silent_after_s: 2 });
      expect(silent!.silent_s).toBeGreaterThanOrEqual(2);
      await said("a source has fallen silent");
      const { sources } = await json<Status>(`${url}/api/status`);
      expect(sources).toMatchObject({
        watched: 3,
        silent: 2,
        silent_names: ["quick", "absent"],
        silent_since: [expect.any(String), null],
      });
    });

    test("an agent's token is watched as a source is", async () => {
      const places = ["--data-dir", directory.path];
      const { stdout } = await run(["token", "create", "rack-7", ...places]);
      await until(() => source("rack-7"), (one) => one?.kind === "agent" && one.silent);
      using agent = await connectAgent(await agentAt());
      await agent.send([JSON.stringify({ token: stdout.trim() }), ...lines("server", 1)]);
      await until(() => source("rack-7"), (one) => one?.silent === false);
      await until(() => source("rack-7"), (one) => one?.silent === true);
      await fetch(`${url}/ingest`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${stdout.trim()}`,
          "content-type": "application/x-ndjson",
        },
        body: lines("server", 1)[0]!,
      });
      await until(() => source("rack-7"), (one) => one?.silent === false);
    });

    test("the page tells both", async () => {
      if (browser === null) return;
      const { page, complaints } = await watchedPage(browser, url);
      await page.goto(`${url}/?view=quality`);
      const row = (name: string) => page.locator(`.sources tr[data-source="${name}"]`);
      await row("rack").waitFor();
      expect(await row("rack").innerText()).toContain("columns version 2");
      expect(await row("rack").locator(".schema-news").innerText()).toStartWith(`${WORDS} (`);
      expect(await row("quick").innerText()).toContain("silent for ");
      expect(await row("absent").innerText()).toContain("never heard");
      // On the overview nothing is well while a source is silent: the banner, and the alerts.
      await page.goto(url);
      await page.waitForSelector('.banner[data-state="warning"]');
      expect(await page.locator(".banner-title").innerText()).toMatch(/^[2-9] sources silent$/);
      const items = page.locator(".alert-items > li");
      expect(await items.nth(0).innerText()).toMatch(/quick[^]*Not heard for/);
      expect(await items.nth(1).innerText()).toMatch(/absent[^]*Never heard/);
      await items.nth(1).getByRole("link").click();
      await row("absent").waitFor();
      // Of a moment of the past it is not known.
      await page.goto(`${url}/?at=${new Date(Date.now() - 1000).toISOString()}`);
      await page.waitForSelector('.connection[data-tone="past"]');
      expect(await page.locator(".silent-source").count()).toBe(0);
      expect(await page.locator(".banner-title").innerText()).not.toContain("source");
      expect(complaints).toEqual([]);
      await page.context().close();
    });
  });
}
