import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { AlertEngine } from "../../src/alerts/engine.ts";
import { type AlertChange, type AlertRule, DEFAULT_ALERT_RULES } from "../../src/model/alert.ts";
import { FLAG_FUTURE, FLAG_LATE, type Reading } from "../../src/model/reading.ts";

const TEMPERATURE = DEFAULT_ALERT_RULES.filter((rule) => rule.name === "temperature");

function reading(atMs: number, part: Partial<Reading> = {}): Reading {
  return {
    host_id: "h",
    region: "India",
    atMs,
    temp_c: null,
    cpu_load: null,
    voltage: null,
    power_watts: null,
    flags: 0,
    offset: 0,
    ...part,
  };
}

/** Judges temperatures a second apart; what changed, as `kind severity@value`. */
function story(temperatures: readonly (number | null)[]): string[] {
  const engine = new AlertEngine(TEMPERATURE);
  return temperatures.flatMap((temp_c, second) =>
    engine.judge(reading(second * 1000, { temp_c })).map((change) =>
      `${change.kind} ${change.alert.severity}@${change.alert.value}`
    )
  );
}

const TRANSITIONS: readonly (readonly [string, readonly (number | null)[], readonly string[]])[] = [
  ["at the limit nothing opens", [80, 80], []],
  ["above the limit a warning opens, once", [80.1, 85, 90], ["opened warning@80.1"]],
  ["a jump over both limits opens as critical", [20, 95, 99], ["opened critical@95"]],
  ["a warning escalates above 90", [81, 90, 90.5], [
    "opened warning@81",
    "escalated critical@90.5",
  ]],
  ["critical stays down to just above its clear", [95, 85.1], ["opened critical@95"]],
  ["critical lowers at its clear", [95, 85], ["opened critical@95", "lowered warning@85"]],
  [
    "a lowered alert escalates again",
    [95, 85, 91],
    ["opened critical@95", "lowered warning@85", "escalated critical@91"],
  ],
  ["a warning stays down to just above its clear", [81, 75.1], ["opened warning@81"]],
  ["a warning closes at its clear", [81, 75], ["opened warning@81", "closed warning@75"]],
  ["critical that falls under both closes", [95, 40], ["opened critical@95", "closed critical@40"]],
  ["a null in between changes nothing", [95, null, 95], ["opened critical@95"]],
  [
    "after closing, a new alert opens",
    [95, 40, 81],
    ["opened critical@95", "closed critical@40", "opened warning@81"],
  ],
];

for (const [claim, temperatures, changes] of TRANSITIONS) {
  test(claim, () => expect(story(temperatures)).toEqual([...changes]));
}

test("an alert carries what opened it, its peak and what closed it", () => {
  const engine = new AlertEngine(TEMPERATURE);
  for (const [second, temp_c] of [81, 97, 84].entries()) {
    engine.judge(reading(second * 1000, { temp_c }));
  }
  const [closed] = engine.judge(reading(3000, { temp_c: 60 }));
  expect(closed).toEqual({
    kind: "closed",
    alert: {
      id: "temperature/India/h/0",
      rule: "temperature",
      metric: "temp_c",
      hostId: "h",
      region: "India",
      severity: "warning",
      peakSeverity: "critical",
      value: 60,
      peakValue: 97,
      limit: 80,
      openedAtMs: 0,
      updatedAtMs: 3000,
      closedAtMs: 3000,
      closedBy: "cleared",
      acknowledgedAtMs: null,
      acknowledgedNote: null,
    },
  });
});

test("value and time of an open alert follow without a change event", () => {
  const engine = new AlertEngine(TEMPERATURE);
  engine.judge(reading(0, { temp_c: 81 }));
  expect(engine.judge(reading(1000, { temp_c: 83 }))).toEqual([]);
  expect(engine.open()[0]).toMatchObject({ value: 83, peakValue: 83, updatedAtMs: 1000 });
});

test("a reading older than the last one judged is ignored, a late one is not", () => {
  const engine = new AlertEngine(TEMPERATURE);
  engine.judge(reading(5000, { temp_c: 50, flags: FLAG_LATE }));
  expect(engine.judge(reading(4999, { temp_c: 95 }))).toEqual([]);
  expect(engine.judge(reading(5000, { temp_c: 95, flags: FLAG_LATE })).length).toBe(1);
});

test("an older reading still counts for a rule that has not judged that metric since", () => {
  const engine = new AlertEngine(DEFAULT_ALERT_RULES);
  engine.judge(reading(5000, { cpu_load: 10 }));
  expect(engine.judge(reading(4000, { temp_c: 95, cpu_load: 99 })).map((c) => c.alert.rule))
    .toEqual(["temperature"]);
});

test("a reading from the future is ignored and does not shut out the present", () => {
  const engine = new AlertEngine(TEMPERATURE);
  expect(engine.judge(reading(9e6, { temp_c: 99, flags: FLAG_FUTURE }))).toEqual([]);
  expect(engine.judge(reading(1000, { temp_c: 95 })).length).toBe(1);
});

test("hosts of one name in two regions are two hosts", () => {
  const engine = new AlertEngine(TEMPERATURE);
  engine.judge(reading(0, { temp_c: 95 }));
  expect(engine.judge(reading(0, { temp_c: 95, region: "USA" }))[0]!.alert.id)
    .toBe("temperature/USA/h/0");
});

test("an alert that closed at an instant does not open again within it", () => {
  const engine = new AlertEngine(TEMPERATURE);
  const kinds = [95, 40, 95, 96].flatMap((temp_c, index) =>
    engine.judge(reading(index < 3 ? 1000 : 2000, { temp_c })).map(({ kind, alert }) =>
      `${kind} ${alert.id}`
    )
  );
  expect(kinds).toEqual([
    "opened temperature/India/h/1000",
    "closed temperature/India/h/1000",
    "opened temperature/India/h/2000",
  ]);
});

test("nothing changed gives the same empty array", () => {
  const engine = new AlertEngine(DEFAULT_ALERT_RULES);
  expect(engine.judge(reading(0, { temp_c: 20 }))).toBe(engine.judge(reading(1, {})));
});

test("the end of data closes what is open, at the time of its last reading", () => {
  const engine = new AlertEngine(TEMPERATURE);
  engine.judge(reading(1000, { temp_c: 95 }));
  engine.judge(reading(2000, { temp_c: 88, region: "USA" }));
  engine.judge(reading(3000, { temp_c: 96 }));
  const changes = engine.endOfData((alert) => alert.region === "India");
  expect(changes.map(({ kind, alert }) => [kind, alert.region, alert.closedAtMs, alert.closedBy]))
    .toEqual([["closed", "India", 3000, "data_ended"]]);
  expect(engine.open().map((alert) => alert.region)).toEqual(["USA"]);
  expect(engine.endOfData().length).toBe(1);
  expect(engine.open()).toEqual([]);
});

test("a loaded alert whose rule is gone is closed", () => {
  const before = new AlertEngine(TEMPERATURE);
  before.judge(reading(1000, { temp_c: 95 }));
  const changes = new AlertEngine([]).load(before.open());
  expect(changes.map(({ kind, alert }) => [kind, alert.closedAtMs, alert.closedBy]))
    .toEqual([["closed", 1000, "data_ended"]]);
});

test("a host in alert is remembered however many others pass, a quiet one is not", () => {
  const engine = new AlertEngine(TEMPERATURE, { hostsMax: 4 });
  engine.judge(reading(1000, { temp_c: 95 }));
  engine.judge(reading(1000, { temp_c: 20, host_id: "quiet" }));
  for (let i = 0; i < 50; i++) engine.judge(reading(2000, { temp_c: 20, host_id: `other-${i}` }));
  expect(engine.open().length).toBe(1);
  expect(engine.judge(reading(500, { temp_c: 20 }))).toEqual([]);
  expect(engine.judge(reading(3000, { temp_c: 20 }))[0]!.kind).toBe("closed");
  expect(engine.judge(reading(500, { temp_c: 95, host_id: "quiet" })).length).toBe(1);
});

test("beyond the limit no alert opens, and it is counted", () => {
  const engine = new AlertEngine(TEMPERATURE, { openMax: 2 });
  for (const host_id of ["a", "b", "c"]) engine.judge(reading(0, { temp_c: 95, host_id }));
  expect([engine.open().length, engine.notOpened]).toEqual([2, 1]);
  engine.judge(reading(1000, { temp_c: 20, host_id: "a" }));
  expect(engine.judge(reading(1000, { temp_c: 95, host_id: "c" })).length).toBe(1);
});

const RULES: readonly AlertRule[] = [
  ...DEFAULT_ALERT_RULES,
  { name: "surge", metric: "cpu_load", levels: [{ severity: "critical", above: 95, clear: 20 }] },
];

const readings = fc.array(
  fc.record({
    host_id: fc.constantFrom("a", "b"),
    region: fc.constantFrom("India", "USA"),
    atMs: fc.integer({ min: 0, max: 12 }),
    temp_c: fc.option(fc.constantFrom(70, 75, 76, 80, 81, 85, 86, 90, 91, 99)),
    cpu_load: fc.option(fc.constantFrom(20, 50, 85, 86, 90, 91, 96)),
    voltage: fc.constant(null),
    power_watts: fc.constant(null),
    flags: fc.constantFrom(0, 0, 0, FLAG_LATE, FLAG_FUTURE),
    offset: fc.constant(0),
  }),
  { maxLength: 80 },
);

/** Every level latched by itself; severity is the highest latched. One series, one rule. */
function oracle(rule: AlertRule, series: readonly Reading[]): string[] {
  const latched = rule.levels.map(() => false);
  const told: string[] = [];
  let judgedMs = -1, closedMs = -1, severity = -1, openedMs = -1, peak = -Infinity;
  for (const each of series) {
    const value = each[rule.metric];
    if (value === null || each.flags === FLAG_FUTURE || each.atMs < judgedMs) continue;
    judgedMs = each.atMs;
    if (severity < 0 && each.atMs === closedMs) continue;
    for (const [index, level] of rule.levels.entries()) {
      if (value > level.above) latched[index] = true;
      if (value <= level.clear) latched[index] = false;
    }
    const now = latched.lastIndexOf(true);
    if (severity < 0 && now >= 0) [openedMs, peak] = [each.atMs, value];
    if (severity >= 0) peak = Math.max(peak, value);
    if (now !== severity) {
      const kind = severity < 0
        ? "opened"
        : now < 0
        ? "closed"
        : now > severity
        ? "escalated"
        : "lowered";
      const shown = rule.levels[now < 0 ? severity : now]!.severity;
      told.push(
        `${kind} ${rule.name}/${each.region}/${each.host_id}/${openedMs} ${shown} ${value} ${peak}`,
      );
    }
    if (now < 0 && severity >= 0) closedMs = each.atMs;
    severity = now;
  }
  return told;
}

const tell = ({ kind, alert }: AlertChange) =>
  `${kind} ${alert.id} ${alert.severity} ${alert.value} ${alert.peakValue}`;

test("the engine tells what independent latches on each series tell", () => {
  fc.assert(fc.property(readings, (all) => {
    const engine = new AlertEngine(RULES);
    const told = all.flatMap((each) => engine.judge(each).map(tell));
    for (const rule of RULES) {
      for (const host of ["India/a", "India/b", "USA/a", "USA/b"]) {
        const own = told.filter((line) => line.includes(` ${rule.name}/${host}/`));
        const series = all.filter((each) => `${each.region}/${each.host_id}` === host);
        expect(own).toEqual(oracle(rule, series));
      }
    }
  }));
});

test("a restart in the middle changes nothing for readings in order", () => {
  fc.assert(fc.property(readings, fc.nat({ max: 80 }), (unordered, cut) => {
    const all = unordered.map((each, index) => ({ ...each, atMs: index, flags: 0 }));
    const whole = new AlertEngine(RULES);
    const told = all.flatMap((each) => whole.judge(each).map(tell));
    const first = new AlertEngine(RULES);
    const before = all.slice(0, cut).flatMap((each) => first.judge(each).map(tell));
    const second = new AlertEngine(RULES);
    expect(second.load(structuredClone(first.open()))).toEqual([]);
    const after = all.slice(cut).flatMap((each) => second.judge(each).map(tell));
    expect([...before, ...after]).toEqual(told);
  }));
});

test("at most one alert is open for a host and rule, and ids are never used twice", () => {
  fc.assert(fc.property(readings, (all) => {
    const engine = new AlertEngine(RULES);
    const opened = new Set<string>();
    for (const each of all) {
      for (const change of engine.judge(each)) {
        if (change.kind !== "opened") continue;
        expect(opened.has(change.alert.id)).toBe(false);
        opened.add(change.alert.id);
      }
      const open = engine.open().map((alert) => `${alert.rule}/${alert.region}/${alert.hostId}`);
      expect(new Set(open).size).toBe(open.length);
    }
  }));
});
