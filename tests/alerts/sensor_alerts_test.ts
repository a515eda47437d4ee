import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { AlertEngine } from "../../src/alerts/engine.ts";
import { type AlertChange, DEFAULT_ALERT_RULES } from "../../src/model/alert.ts";
import { FLAG_FUTURE, type Reading } from "../../src/model/reading.ts";
import { sensorOfRule, type SensorReading } from "../../src/model/sensor.ts";

function inlet(value: number, change: Partial<SensorReading> = {}): SensorReading {
  return { name: "Inlet", metric: "temp_c", value, caution: 38, critical: 42, ...change };
}

function reading(atMs: number, sensors: readonly SensorReading[], change: Partial<Reading> = {}) {
  return {
    host_id: "h",
    region: "Lab",
    atMs,
    temp_c: 60,
    cpu_load: null,
    voltage: null,
    power_watts: null,
    flags: 0,
    offset: 0,
    sensors,
    ...change,
  };
}

const told = ({ kind, alert }: AlertChange) =>
  `${kind} ${alert.severity}@${alert.value} over ${alert.limit}`;

/** The inlet's values a second apart; what changed. */
function story(sensors: readonly SensorReading[]): string[] {
  const engine = new AlertEngine(DEFAULT_ALERT_RULES);
  return sensors.flatMap((sensor, second) =>
    engine.judge(reading(second * 1000, [sensor])).map(told)
  );
}

const STORIES: readonly (readonly [string, readonly SensorReading[], readonly string[]])[] = [
  ["at its limit nothing opens", [inlet(38)], []],
  ["above its caution it is a warning", [inlet(38.5)], ["opened warning@38.5 over 38"]],
  ["above its critical limit it is critical", [inlet(43)], ["opened critical@43 over 42"]],
  ["the way back is two degrees", [inlet(43), inlet(40.1), inlet(40), inlet(36)], [
    "opened critical@43 over 42",
    "lowered warning@40 over 38",
    "closed warning@36 over 38",
  ]],
  ["a critical limit alone is enough", [inlet(43, { caution: null })], [
    "opened critical@43 over 42",
  ]],
  ["a caution above the critical limit says nothing", [
    inlet(41, { caution: 50 }),
    inlet(43, { caution: 50 }),
  ], ["opened critical@43 over 42"]],
  ["limits that rise past the value close it", [
    inlet(43),
    inlet(43, { caution: 50, critical: 60 }),
  ], [
    "opened critical@43 over 42",
    "closed critical@43 over 42",
  ]],
  ["a critical limit that is gone leaves the caution", [inlet(43), inlet(43, { critical: null })], [
    "opened critical@43 over 42",
    "lowered warning@43 over 38",
  ]],
  ["a caution that is gone closes what it opened", [inlet(39), inlet(39, { caution: null })], [
    "opened warning@39 over 38",
    "closed warning@39 over 38",
  ]],
];

describe("a sensor by its own limits", () => {
  for (const [claim, sensors, changes] of STORIES) {
    test(claim, () => expect(story(sensors)).toEqual([...changes]));
  }

  test("each sensor has an alert of its own, beside the host's", () => {
    const engine = new AlertEngine(DEFAULT_ALERT_RULES);
    const sensors = [inlet(43), inlet(60, { name: "CPU1", caution: 90, critical: 95 })];
    engine.judge(reading(0, sensors, { temp_c: 95 }));
    engine.judge(reading(1000, [inlet(43), { ...sensors[1]!, value: 96 }], { temp_c: 96 }));
    expect(engine.open().map(({ id }) => id).sort()).toEqual([
      "sensor:CPU1/Lab/h/1000",
      "sensor:Inlet/Lab/h/0",
      "temperature/Lab/h/0",
    ]);
    expect(sensorOfRule("sensor:CPU1")).toBe("CPU1");
    expect(sensorOfRule("temperature")).toBeNull();
  });

  test("a sensor that is not told changes nothing, and its alert stays", () => {
    const engine = new AlertEngine(DEFAULT_ALERT_RULES);
    engine.judge(reading(0, [inlet(43)]));
    expect(engine.judge(reading(1000, [inlet(20, { name: "Other" })]))).toEqual([]);
    const { sensors: _, ...plain } = reading(2000, []);
    expect(engine.judge(plain)).toEqual([]);
    expect(engine.judge(reading(3000, [inlet(20)])).map(told))
      .toEqual(["closed critical@20 over 42"]);
  });

  test("only sensors of the rule's quantity are judged, and none without a rule", () => {
    const volts = inlet(13, { name: "P12V", metric: "voltage", caution: null, critical: 12.6 });
    expect(new AlertEngine(DEFAULT_ALERT_RULES).judge(reading(0, [volts]))).toEqual([]);
    const rule = { name: "board", metric: "voltage", levels: [], sensors: true } as const;
    const engine = new AlertEngine([rule]);
    expect(engine.judge(reading(0, [volts, inlet(43)])).map(({ alert }) => alert.rule))
      .toEqual(["board:P12V"]);
    expect(engine.judge(reading(1000, [{ ...volts, value: 12.36 }]))).toEqual([]);
    expect(engine.judge(reading(2000, [{ ...volts, value: 12.34 }]))[0]?.kind).toBe("closed");
    const [temperature] = DEFAULT_ALERT_RULES;
    expect(new AlertEngine([temperature!]).judge(reading(0, [inlet(43)]))).toEqual([]);
  });

  test("what is older than the last judged, or ahead of time, changes nothing", () => {
    const engine = new AlertEngine(DEFAULT_ALERT_RULES);
    engine.judge(reading(5000, [inlet(20)]));
    expect(engine.judge(reading(4999, [inlet(43)]))).toEqual([]);
    expect(engine.judge(reading(9e6, [inlet(43)], { flags: FLAG_FUTURE }))).toEqual([]);
    expect(engine.judge(reading(5000, [inlet(43)])).length).toBe(1);
  });

  test("an alert that closed at an instant does not open again within it", () => {
    const engine = new AlertEngine(DEFAULT_ALERT_RULES);
    const kinds = [43, 20, 43].flatMap((value) =>
      engine.judge(reading(1000, [inlet(value)])).map(({ kind }) => kind)
    );
    expect(kinds).toEqual(["opened", "closed"]);
  });

  test("a host whose sensor is in alert is remembered however many pass", () => {
    const engine = new AlertEngine(DEFAULT_ALERT_RULES, { hostsMax: 4 });
    engine.judge(reading(1000, [inlet(43)]));
    for (let i = 0; i < 50; i++) {
      engine.judge(reading(2000, [inlet(20)], { host_id: `other-${i}` }));
    }
    expect(engine.open().length).toBe(1);
    expect(engine.judge(reading(500, [inlet(20)]))).toEqual([]);
  });

  test("beyond the limit no alert opens, and it is counted", () => {
    const engine = new AlertEngine(DEFAULT_ALERT_RULES, { openMax: 1 });
    engine.judge(reading(0, [inlet(43), inlet(43, { name: "Exhaust" })]));
    expect([engine.open().length, engine.notOpened]).toEqual([1, 1]);
  });

  test("sensors take neither all alerts of a host nor those of others", () => {
    const engine = new AlertEngine(DEFAULT_ALERT_RULES, { openMax: 100 });
    const many = Array.from({ length: 60 }, (_, index) => inlet(43, { name: `S${index}` }));
    engine.judge(reading(0, many));
    expect([engine.open().length, engine.notOpened]).toEqual([32, 28]);
    engine.judge(reading(0, many, { host_id: "i" }));
    expect(engine.open().length).toBe(50);
    engine.judge(reading(0, [], { host_id: "j", temp_c: 95 }));
    expect(engine.open().length).toBe(51);
    // What is well again makes room.
    engine.judge(reading(1000, many.map((each) => ({ ...each, value: 20 }))));
    engine.judge(reading(1000, [inlet(43)], { host_id: "k" }));
    expect(engine.open().map(({ hostId }) => hostId)).toContain("k");
  });

  test("a restart anywhere changes nothing that follows", () => {
    const sensor = fc.record({
      name: fc.constantFrom("Inlet", "CPU1"),
      value: fc.integer({ min: 30, max: 50 }),
      caution: fc.constantFrom(null, 36, 38),
      critical: fc.constantFrom(40, 42),
    });
    const lines = fc.array(
      fc.uniqueArray(sensor, { selector: ({ name }) => name, minLength: 1 }),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(fc.property(lines, fc.nat(), (given, cut) => {
      const readings = given.map((sensors, index) =>
        reading(index * 1000, sensors.map((each) => ({ ...each, metric: "temp_c" as const })))
      );
      const whole = new AlertEngine(DEFAULT_ALERT_RULES);
      const changes = readings.map((each) => whole.judge(each));
      const at = cut % readings.length;
      const before = new AlertEngine(DEFAULT_ALERT_RULES);
      for (const each of readings.slice(0, at)) before.judge(each);
      const after = new AlertEngine(DEFAULT_ALERT_RULES);
      expect(after.load(before.open())).toEqual([]);
      expect(readings.slice(at).map((each) => after.judge(each))).toEqual(changes.slice(at));
      const open = (engine: AlertEngine) => engine.open().sort((a, b) => a.id < b.id ? -1 : 1);
      expect(open(after)).toEqual(open(whole));
    }));
  });

  test("a loaded alert of a sensor whose rule is gone is closed", () => {
    const before = new AlertEngine(DEFAULT_ALERT_RULES);
    before.judge(reading(1000, [inlet(43)]));
    const rules = DEFAULT_ALERT_RULES.filter(({ sensors }) => sensors !== true);
    const changes = new AlertEngine(rules).load(before.open());
    expect(changes.map(({ kind, alert }) => [kind, alert.closedBy])).toEqual([
      ["closed", "data_ended"],
    ]);
  });

  test("the end of data closes sensors' alerts too", () => {
    const engine = new AlertEngine(DEFAULT_ALERT_RULES);
    engine.judge(reading(1000, [inlet(43)]));
    expect(engine.endOfData().map(({ alert }) => alert.closedBy)).toEqual(["data_ended"]);
    expect(engine.open()).toEqual([]);
  });
});
