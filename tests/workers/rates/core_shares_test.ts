/** Shares of time that agents tell core by core: a host's load where nothing tells it, else nothing. */
import { describe, expect, test } from "bun:test";
import { Pushed, START_MS, told } from "./pushed.ts";

type Line = (atS: number, core: number, busy: number) => string;

function otlp(name: string, kind: object): string {
  const resource = { attributes: [{ key: "host.name", value: { stringValue: "h" } }] };
  const metrics = [{ name, unit: name === "system.cpu.time" ? "s" : "1", ...kind }];
  return JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] });
}

function point(atS: number, attributes: Readonly<Record<string, string>>, asDouble: number) {
  const list = Object.entries(attributes)
    .map(([key, stringValue]) => ({ key, value: { stringValue } }));
  return { timeUnixNano: `${START_MS + atS * 1_000}000000`, asDouble, attributes: list };
}

const utilization = (atS: number, attributes: Readonly<Record<string, string>>, value: number) =>
  otlp("system.cpu.utilization", { gauge: { dataPoints: [point(atS, attributes, value)] } });

const collectd = (atS: number, instance: string, state: string, value: number) =>
  JSON.stringify([{
    values: [value],
    dstypes: ["gauge"],
    dsnames: ["value"],
    time: START_MS / 1_000 + atS + Number(instance) / 1_000,
    interval: 10,
    host: "h",
    plugin: "cpu",
    plugin_instance: instance,
    type: "percent",
    type_instance: state,
  }]);

const telegraf = (atS: number, cpu: string, fields: string) =>
  `cpu,cpu=${cpu},host=h ${fields} ${START_MS + atS * 1_000}000000`;

const FORMS: readonly [what: string, line: Line][] = [
  [
    "OTLP's idle share by cpu and state",
    (atS, core, busy) => utilization(atS, { cpu: `cpu${core}`, state: "idle" }, 1 - busy / 100),
  ],
  [
    "OTLP's share by cpu alone",
    (atS, core, busy) =>
      utilization(atS, { "system.cpu.logical_number": String(core) }, busy / 100),
  ],
  [
    "collectd's idle percentage by cpu and state",
    (atS, core, busy) => collectd(atS, String(core), "idle", 100 - busy),
  ],
  [
    "collectd's active percentage by cpu",
    (atS, core, busy) => collectd(atS, String(core), "active", busy),
  ],
  [
    "Telegraf's usage_idle by cpu",
    (atS, core, busy) => telegraf(atS, `cpu${core}`, `usage_user=1,usage_idle=${100 - busy}`),
  ],
  [
    "Telegraf's usage_active by cpu",
    (atS, core, busy) => telegraf(atS, `cpu${core}`, `usage_active=${busy}`),
  ],
  [
    "Telegraf's cpu as JSON, in seconds",
    (atS, core, busy) =>
      JSON.stringify({
        name: "cpu",
        tags: { cpu: `cpu${core}`, host: "h" },
        fields: { usage_idle: 100 - busy },
        timestamp: START_MS / 1_000 + atS,
      }),
  ],
];

const TIMES = [0, 10, 20, 30];

function loads(lines: (atS: number) => readonly string[], times = TIMES) {
  const pushed = new Pushed();
  const readings = times.flatMap((atS) => pushed.push(lines(atS), START_MS + atS * 1_000));
  return told(readings).map(({ host_id, cpu_load }) => [host_id, cpu_load]);
}

describe("a host of which only cores are told has their mean as its load", () => {
  test.each(FORMS)("%s", (_what, line) => {
    expect(loads((atS) => [line(atS, 0, 10), line(atS, 1, 20), line(atS, 2, 60)]))
      .toEqual([["h", 30], ["h", 30], ["h", 30], ["h", 30]]);
  });

  test("and none at a time of which a core is missing", () => {
    const line = FORMS[0]![1];
    const cores = (atS: number) => [0, 1, 2].filter((core) => core < 2 || atS !== 20);
    expect(loads((atS) => cores(atS).map((core) => line(atS, core, 30)))).toHaveLength(3);
  });
});

test("a core that was busier than a core can be gives none", () => {
  for (const [what, line] of FORMS) {
    // Idle time below 0 is no number of any agent's, and missing.
    if (!/active|alone/.test(what)) continue;
    expect(loads((atS) => [line(atS, 0, 130), line(atS, 1, 20)])).toEqual([]);
    // So far beyond a rounding may lie.
    expect(loads((atS) => [line(atS, 0, 100.4), line(atS, 1, 20)])[0]).toEqual(["h", 60]);
  }
});

describe("a host of which the whole is told as well has that alone", () => {
  test.each<[what: string, lines: (atS: number) => string[]]>([
    ["Telegraf as it comes: every core, and cpu-total", (atS) => [
      telegraf(atS, "cpu0", "usage_idle=10"),
      telegraf(atS, "cpu1", "usage_idle=10"),
      telegraf(atS, "cpu-total", "usage_idle=90"),
    ]],
    ["collectd's percentages by core, and all of them", (atS) => [
      collectd(atS, "0", "idle", 10),
      collectd(atS, "1", "idle", 10),
      collectd(atS, "", "idle", 90),
    ]],
    ["OTLP's shares by cpu, and of all", (atS) => [
      utilization(atS, { cpu: "cpu0", state: "idle" }, 0.1),
      utilization(atS, { state: "idle" }, 0.9),
    ]],
  ])("%s", (_what, lines) => {
    const pushed = new Pushed();
    for (const atS of TIMES) {
      expect(pushed.push(lines(atS), START_MS + atS * 1_000)).toEqual([]);
    }
    expect(pushed.rates.made).toBe(0);
  });

  test("and of its cores nothing is kept any more", () => {
    const pushed = new Pushed();
    const at = (atS: number) =>
      pushed.push([
        ...Array.from({ length: 64 }, (_, core) => telegraf(atS, `cpu${core}`, "usage_idle=10")),
        telegraf(atS, "cpu-total", "usage_idle=90"),
      ], START_MS + atS * 1_000);
    at(0);
    const { size } = pushed.rates;
    for (let atS = 10; atS < 1_000; atS += 10) at(atS);
    expect(size).toBeGreaterThan(64);
    expect(pushed.rates.size).toBe(0);
  });
});

test("shares of cores beside counters of their time: the counters make the load", () => {
  const modes = (atS: number) =>
    Object.entries({ idle: 5, user: 4, system: 1 }).map(([state, tenth]) => ({
      ...point(atS, { cpu: "cpu0", state }, 100 + atS * tenth / 10),
      startTimeUnixNano: `${START_MS}000000`,
    }));
  expect(loads((atS) => [
    utilization(atS, { cpu: "cpu0", state: "idle" }, 0.9),
    otlp("system.cpu.time", {
      sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: modes(atS) },
    }),
  ])).toEqual([["h", 50], ["h", 50], ["h", 50]]);
});
