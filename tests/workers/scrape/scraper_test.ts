/** Targets on real sockets; the clock is real, intervals are short. */
import { describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createLog, SILENT_LOG } from "../../../src/log.ts";
import { REAL_CLOCK } from "../../../src/runtime/clock.ts";
import { liveMapping } from "../../../src/workers/speed/live_mapping.ts";
import { Scrapers, type ScrapersOptions } from "../../../src/workers/speed/scrape/scrapers.ts";
import { scrapeTargets } from "../../../src/workers/speed/scrape/targets.ts";
import { LIMITS } from "../../../src/limits.ts";
import { temporaryDirectory, until } from "../../support/rackwatch.ts";

const TEMPERATURE = 'node_hwmon_temp_celsius{chip="platform_coretemp_0",sensor="temp1"} 52\n';

/** Scrapes one exporter until the claim holds, and stops. */
async function scraped(
  answer: (scrape: number, request: Request) => Response | Promise<Response>,
  holds: (scrapers: Scrapers, lines: string[]) => boolean,
  more: Record<string, unknown> = {},
  archive: Partial<Pick<ScrapersOptions, "archive" | "isHeld">> = {},
) {
  let asked = 0;
  const exporter = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => answer(++asked, request),
  });
  const instance = `127.0.0.1:${exporter.port}`;
  const lines: string[] = [];
  const stop = new AbortController();
  const scrapers = new Scrapers({
    tables: { scrapes: [{ url: `http://${instance}/metrics`, every_s: 1, ...more }], redfish: [] },
    where: "test",
    mapping: liveMapping([], "test"),
    archive: (bytes) => {
      lines.push(...new TextDecoder().decode(bytes).split("\n").filter((line) => line !== ""));
      return Promise.resolve({ kind: "archived" });
    },
    isHeld: () => false,
    ...archive,
    clock: REAL_CLOCK,
    random: { next: () => 0 },
    log: SILENT_LOG,
  });
  const running = scrapers.run(stop.signal);
  await until(() => Promise.resolve(), () => holds(scrapers, lines));
  stop.abort();
  await running;
  await exporter.stop(true);
  return { lines, status: scrapers.status[0]!, instance };
}

describe("a target", () => {
  test("gives RAPL's joules as they are: watts are made of them once they are archived", async () => {
    const rapl = 'node_rapl_package_joules_total{index="0",path="/sys"} 7\n';
    const { lines } = await scraped(
      () => new Response(`${rapl}node_rapl_core_joules_total{index="0",path="/sys"} 3\n`),
      (_scrapers, lines) => lines.length > 0,
    );
    expect(lines.map((line) => JSON.parse(line).labels.__name__))
      .toEqual(["node_rapl_package_joules_total"]);
  });

  test("gives a line a series that is read, with its labels, and none of the others", async () => {
    const { lines, status, instance } = await scraped(
      () => new Response(`${TEMPERATURE}node_memory_Active_bytes 1\n`),
      (_scrapers, lines) => lines.length > 0,
      { labels: { region: "Lab" } },
    );
    expect(JSON.parse(lines[0]!)).toEqual({
      labels: {
        __name__: "node_hwmon_temp_celsius",
        chip: "platform_coretemp_0",
        sensor: "temp1",
        instance,
        region: "Lab",
      },
      samples: [[expect.any(Number), 52]],
    });
    expect(status).toMatchObject({ up: true, series: 1, error: null });
  });

  test("can't speak for another one: the configuration's labels win", async () => {
    const { lines, instance } = await scraped(
      () => new Response(TEMPERATURE.replace("{", '{instance="other:9100",')),
      (_scrapers, lines) => lines.length > 0,
    );
    expect(JSON.parse(lines[0]!).labels.instance).toBe(instance);
  });

  test("whose CPU counters go on gives a load from the second scrape on", async () => {
    const { lines } = await scraped(
      (scrape) =>
        new Response(
          `node_cpu_seconds_total{cpu="0",mode="idle"} ${scrape * 3}\n` +
            `node_cpu_seconds_total{cpu="0",mode="user"} ${scrape}\n`,
        ),
      (_scrapers, lines) => lines.length > 0,
    );
    expect(JSON.parse(lines[0]!)).toMatchObject({
      labels: { __name__: "instance:node_cpu_utilisation:rate1s" },
      samples: [[expect.any(Number), 0.25]],
    });
  });

  test.each([
    ["answers with another status", () => new Response("", { status: 404 }), "it answers 404"],
    ["answers with a page", () => new Response("<html>"), "not Prometheus' text format: line 1"],
    [
      "answers with too much",
      () => new Response("#".repeat(LIMITS.scrapeBytesMax + 1)),
      "more than 16777216 bytes",
    ],
    [
      "does not answer",
      () => new Promise<Response>(() => {}),
      "no answer within 1 s",
    ],
    [
      "leads elsewhere",
      () => new Response(null, { status: 302, headers: { Location: "/x" } }),
      "it answers 302",
    ],
  ])("that %s is down, and says why", async (_name, answer, reason) => {
    const { status, lines } = await scraped(
      answer,
      (scrapers) => scrapers.status[0]!.up === false,
      { timeout_s: 1 },
    );
    expect(status.error).toContain(reason);
    expect(status.failures).toBeGreaterThan(0);
    expect(lines).toEqual([]);
  });

  test("that comes back is up again", async () => {
    const { status } = await scraped(
      (scrape) => scrape === 1 ? new Response("", { status: 500 }) : new Response(TEMPERATURE),
      (scrapers) => scrapers.status[0]!.up === true,
    );
    expect(status).toMatchObject({ failures: 1, error: null });
  });
});

describe("a target that asks for a token", () => {
  test("is given the file's, and the renewed one at the next scrape", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "token");
    await writeFile(path, "first\n");
    const given: (string | null)[] = [];
    await scraped(
      async (scrape, request) => {
        given.push(request.headers.get("authorization"));
        if (scrape === 1) await writeFile(path, "second");
        return new Response(TEMPERATURE);
      },
      () => given.length >= 2,
      { bearer_token_file: path },
    );
    expect(given.slice(0, 2)).toEqual(["Bearer first", "Bearer second"]);
  });

  test.each([
    ["is not there", null, "can't be read: ENOENT"],
    ["is empty", "\n", "is blank"],
    ["has two lines", "se\ncret", "one word of ASCII"],
    [
      "is too long",
      "s".repeat(LIMITS.secretBytesMax + 1),
      `more than ${LIMITS.secretBytesMax} bytes`,
    ],
  ])("whose file %s is down, is not asked, and no word of the token is told", async (
    _name,
    content,
    reason,
  ) => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "token");
    if (content !== null) await writeFile(path, content);
    let asked = 0;
    const { status } = await scraped(
      () => (asked++, new Response(TEMPERATURE)),
      (scrapers) => scrapers.status[0]!.up === false,
      { bearer_token_file: path },
    );
    expect(asked).toBe(0);
    expect(status.error).toContain(reason);
    expect(status.error).toContain(path);
    if (content?.trim()) expect(status.error).not.toContain(content.slice(0, 6));
  });
});

describe("a token over http", () => {
  function begun(url: string) {
    const written: string[] = [];
    const { status } = new Scrapers({
      tables: { scrapes: [{ url, bearer_token_file: "token" }, { url: "http://x/" }], redfish: [] },
      where: "test",
      mapping: liveMapping([], "test"),
      archive: () => Promise.resolve({ kind: "archived" }),
      isHeld: () => false,
      clock: REAL_CLOCK,
      random: { next: () => 0 },
      log: createLog({ format: "json", area: "", write: (line) => written.push(line) }),
    });
    return { inClear: status.map((one) => one.token_in_clear), log: written.join("") };
  }

  test("to another machine is a warning that names target, risk and remedy", () => {
    const { inClear, log } = begun("http://rack-7:9100/metrics");
    expect(inClear).toEqual([true, false]);
    for (const word of ["http://rack-7:9100/metrics", "unencrypted", "can read it", "https"]) {
      expect(log).toContain(word);
    }
  });

  test.each(["https://rack-7:9100/", "http://127.0.0.1:9100/", "http://[::1]:9100/"])(
    "is none to %s",
    (url) => expect(begun(url)).toEqual({ inClear: [false, false], log: "" }),
  );
});

describe("while the archive takes nothing", () => {
  test("a target that answers is up, and what it told is counted as dropped", async () => {
    const { status } = await scraped(
      () => new Response(TEMPERATURE),
      (scrapers) => scrapers.status[0]!.dropped > 0,
      {},
      {
        archive: () =>
          Promise.resolve({ kind: "refused", reason: "disk_full", mayBeArchived: false }),
      },
    );
    expect(status).toMatchObject({ up: true, failures: 0, error: null });
  });

  test("no target is asked while senders are paused", async () => {
    let asked = 0;
    const { status } = await scraped(
      () => (asked++, new Response(TEMPERATURE)),
      (scrapers) => scrapers.status[0]!.dropped > 0,
      {},
      { isHeld: () => true },
    );
    expect([asked, status.scrapes]).toEqual([0, 0]);
  });
});

describe("[[scrape]]", () => {
  test.each([
    [{}, "url: must be a text"],
    [{ url: "ftp://x/" }, "must be an http or https URL"],
    [{ url: "http://u:p@x/" }, "must hold no password"],
    [{ url: "http://x/", every_s: 0 }, "from 1 to 3600"],
    [{ url: "http://x/", every_s: 5, timeout_s: 6 }, "must not be longer than every_s"],
    [{ url: "http://x/", silent_after_s: -1 }, "or 0 for never"],
    [{ url: "http://x/", label: {} }, 'did you mean "labels"'],
    [{ url: "http://x/", bearer_token_file: 7 }, "bearer_token_file: must be a text"],
    [{ url: "http://x/", labels: { "a-b": "c" } }, "letters, digits and _"],
  ])("%j is refused with its rule", (table, rule) => {
    expect(() => scrapeTargets([table], "test")).toThrow(rule);
  });

  test("of one target twice is refused", () => {
    const table = { url: "http://x/" };
    expect(() => scrapeTargets([table, table], "test")).toThrow("is scraped once");
  });

  test("has defaults: every 15 s, 10 s to answer, its address as the instance", () => {
    expect(scrapeTargets([{ url: "http://rack-7:9100/metrics" }], "test")).toEqual([{
      url: "http://rack-7:9100/metrics",
      everyMs: 15_000,
      timeoutMs: 10_000,
      tokenPath: null,
      tokenInClear: false,
      silentAfterMs: null,
      labels: { instance: "rack-7:9100" },
    }]);
  });
});
