/** Every chart as a file, in a real Chromium: CSV, NDJSON and PNG of what is shown. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { json } from "../support/rackwatch.ts";
import { describeCharts, HOUR_MS, METRICS, TALL } from "./support/charts_page.ts";
import { bytesOf, expectPicture, exported } from "./support/exported.ts";

setDefaultTimeout(60_000);

describeCharts("exports", (site) => {
  test("each chart is exported as CSV, NDJSON and PNG", async () => {
    await using opened = await site.openCharts("&ghost=1d");
    const { page, complaints } = opened;
    await page.waitForSelector(".ghost-note");
    const csv = await exported(page, '[data-metric="temp_c"]', "CSV");
    const stamp = (atMs: number) => new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, "");
    const toMs = Date.parse(site.past);
    expect(csv.name)
      .toBe(`rackwatch-temp_c-${stamp(toMs - 6 * HOUR_MS)}-${stamp(toMs)}.csv`);
    const lines = new TextDecoder().decode(csv.bytes).trimEnd().split("\r\n");
    expect(lines.shift()).toBe("start,region,metric,mean,min,max,count");
    const query = `metric=temp_c&region=India&from=${toMs - 6 * HOUR_MS}&to=${toMs}&points=360`;
    const series = await json<{ t: number[]; mean: (number | null)[]; count: number[] }>(
      `${site.url}/api/series?${query}`,
    );
    const wanted = series.t.flatMap((atMs, index) =>
      series.mean[index] === null
        ? []
        : [[new Date(atMs).toISOString(), series.mean[index], series.count[index]]]
    );
    expect(wanted.length).toBeGreaterThan(100);
    const inRange = lines.map((line) => line.split(","))
      .filter(([start, region]) => region === "India" && Date.parse(start!) >= series.t[0]!);
    expect(inRange.map(([start, , , mean, , , count]) => [start, Number(mean), Number(count)]))
      .toEqual(
        wanted.map(([start, mean, count]) => [start, Number(Number(mean).toFixed(6)), count]),
      );
    const ndjson = await exported(page, '[data-metric="temp_c"]', "NDJSON");
    const rows = new TextDecoder().decode(ndjson.bytes).trimEnd().split("\n")
      .map((line) => Object.values(JSON.parse(line) as object).join(","));
    expect(rows).toEqual(lines);
    for (const panel of ['[data-metric="power_watts"]', ".heatmap"]) {
      expectPicture((await exported(page, panel, "PNG")).bytes);
    }
    expect(complaints).toEqual([]);
  });

  test("a host's charts are exported at the cursor's range, as the store holds them", async () => {
    const [found] = await json<{ hosts: { host_id: string; region: string }[] }>(
      `${site.url}/api/hosts?region=Germany&limit=1`,
    ).then(({ hosts }) => hosts);
    const { host_id, region } = found!;
    const named = `host=${encodeURIComponent(host_id)}&region=${region}`;
    await using opened = await site.open(
      `?view=host&${named}&at=${encodeURIComponent(site.past)}&range=6h`,
      TALL,
    );
    const { page, complaints } = opened;
    await page.waitForSelector('.host-chart[data-metric="temp_c"] .u-over');
    const csv = await exported(page, ".host-charts", "CSV");
    expect(csv.name).toStartWith(`rackwatch-host-${host_id}-`);
    expect(csv.name).toEndWith(`-${site.past.replace(/[-:]|\.\d+/g, "")}.csv`);
    const lines = new TextDecoder().decode(csv.bytes).trimEnd().split("\r\n");
    expect(lines.shift()).toBe("start,host_id,region,metric,mean,min,max,count");
    const toMs = Date.parse(site.past);
    const query = `host_id=${host_id}&region=${region}&from=${toMs - 6 * HOUR_MS}&to=${toMs}`;
    let rows = 0;
    for (const metric of METRICS) {
      const series = await json<{ t: number[]; mean: (number | null)[]; count: number[] }>(
        `${site.url}/api/series?metric=${metric}&${query}&points=360`,
      );
      const wanted = series.t.flatMap((atMs, index) => {
        const mean = series.mean[index] ?? null;
        if (mean === null) return [];
        return [[new Date(atMs).toISOString(), Number(mean.toFixed(6)), series.count[index]!]];
      });
      const cells = lines.map((line) => line.split(","))
        .filter((each) => each[1] === host_id && each[2] === region && each[3] === metric);
      expect(cells.map(([start, , , , mean, , , count]) => [start, Number(mean), Number(count)]))
        .toEqual(wanted);
      rows += wanted.length;
    }
    expect(rows).toBeGreaterThan(0);
    expect(lines).toHaveLength(rows);
    const ndjson = await exported(page, ".host-charts", "NDJSON");
    expect(new TextDecoder().decode(ndjson.bytes).trimEnd().split("\n")).toHaveLength(rows);
    expectPicture((await exported(page, ".host-charts", "PNG")).bytes);
    expect(complaints).toEqual([]);
  });

  for (
    const [panel, search, columns] of [
      [".volume", "?at=", "at,region,readings,per_second,newest"],
      [".histogram", "?at=", "start,end,region,metric,from,to,count"],
      [
        ".hosts",
        "?view=hosts&metric=temp_c&at=",
        "at,host_id,region,metric,value,state,age_s",
      ],
    ] as const
  ) {
    test(`what ${panel} shows is exported as CSV, NDJSON and PNG`, async () => {
      await using opened = await site.open(
        `${search}${encodeURIComponent(site.past)}&range=6h`,
        TALL,
      );
      const { page, complaints } = opened;
      await page.waitForSelector(`${panel} .region-name, ${panel} canvas`);
      const csv = new TextDecoder().decode((await exported(page, panel, "CSV")).bytes);
      const [head, ...rows] = csv.trimEnd().split("\r\n");
      expect(head).toBe(columns);
      expect(rows.filter((row) => row.includes(",India,")).length).toBeGreaterThan(0);
      const ndjson = await exported(page, panel, "NDJSON");
      expect(new TextDecoder().decode(ndjson.bytes).trimEnd().split("\n")).toHaveLength(
        rows.length,
      );
      expectPicture((await exported(page, panel, "PNG")).bytes);
      expect(complaints).toEqual([]);
    });
  }

  test("the overview's chart is the same picture whether somebody pointed at it or not", async () => {
    await using opened = await site.open(
      `?at=${encodeURIComponent(site.past)}&range=6h&metric=temp_c`,
      TALL,
    );
    const { page, complaints } = opened;
    const chart = '.chart-plot[role="application"]';
    await page.waitForSelector(chart);
    await page.waitForSelector('.chart .note[data-state="ready"]');
    // By keys: a pointer on the menu would be over the chart when the menu closes.
    const byKeys = async () => {
      const menu = page.locator(".chart .export");
      await menu.locator("summary").press("Enter");
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        menu.getByRole("button", { name: "PNG" }).press("Enter"),
      ]);
      return bytesOf(download);
    };
    const unseen = await byKeys();
    expect(await page.locator(".chart canvas").count()).toBe(0);
    expect(await page.locator(".chart .sketch").count()).toBe(1);
    await page.focus(chart);
    await page.waitForSelector(".chart .u-over");
    const seen = await byKeys();
    expectPicture(unseen);
    expect(Buffer.from(unseen).equals(Buffer.from(seen))).toBe(true);
    expect(complaints).toEqual([]);
  });
});
