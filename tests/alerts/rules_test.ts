import { expect, test } from "bun:test";
import { parseAlertRules } from "../../src/alerts/rules.ts";
import { DEFAULT_ALERT_RULES } from "../../src/model/alert.ts";

const WHERE = "rackwatch.toml";
const parse = (toml: string) =>
  parseAlertRules((Bun.TOML.parse(toml) as { alert?: unknown }).alert, WHERE);

test("the shorthand and the long form give the same rule", () => {
  const short = parse(`[[alert]]
    name = "temperature"
    metric = "temp_c"
    critical = { above = 90, clear = 85 }
    warning = { above = 80.5, clear = 75 }`);
  const long = parse(`[[alert]]
    name = "temperature"
    metric = "temp_c"
    levels = [
      { severity = "critical", above = 90, clear = 85 },
      { severity = "warning", above = 80.5, clear = 75 },
    ]`);
  expect(short).toEqual(long);
  expect(short[0]!.levels.map((level) => level.severity)).toEqual(["warning", "critical"]);
});

test("the default rules, written as tables, parse to themselves", () => {
  expect(parseAlertRules(structuredClone(DEFAULT_ALERT_RULES), WHERE)).toEqual(DEFAULT_ALERT_RULES);
});

test("no table at all gives the default rules", () => {
  expect(parseAlertRules(undefined, WHERE)).toEqual(DEFAULT_ALERT_RULES);
  expect(parseAlertRules([], WHERE)).toEqual(DEFAULT_ALERT_RULES);
});

test("a rule of sensors has no levels: each sensor's are its own", () => {
  expect(parse(`[[alert]]\nname = "board"\nmetric = "voltage"\nsensors = true`))
    .toEqual([{ name: "board", metric: "voltage", levels: [], sensors: true }]);
  expect(parse(`${named("warning = { above = 3, clear = 2 }")}\nsensors = false`)[0])
    .not.toHaveProperty("sensors");
});

const named = (rest: string) => `[[alert]]\nname = "hot"\nmetric = "temp_c"\n${rest}`;
const HOT = `rackwatch.toml: [[alert]] "hot"`;

const REFUSED: readonly (readonly [string, string, string])[] = [
  [
    "a rule of sensors with a level",
    named("sensors = true\nwarning = { above = 3, clear = 2 }"),
    `${HOT}: with sensors = true each sensor has limits of its own; leave out warning, ` +
    `or write a rule of its own for it`,
  ],
  [
    "a rule of sensors of what no sensor tells",
    `[[alert]]\nname = "hot"\nmetric = "cpu_load"\nsensors = true`,
    `${HOT}: with sensors = true metric must be one of temp_c, voltage, power_watts, ` +
    `got "cpu_load"`,
  ],
  [
    "sensors that are neither true nor false",
    named(`sensors = "all"`),
    `${HOT}: sensors must be true or false, got "all"`,
  ],
  [
    "a single table",
    `[alert]\nname = "hot"`,
    "rackwatch.toml: write [[alert]] with double brackets, one table a rule",
  ],
  [
    "a rule without a name",
    `[[alert]]\nmetric = "temp_c"`,
    `rackwatch.toml: [[alert]] number 1: name must be 1–64 letters, digits, "-", "_" or ".", ` +
    `like name = "temperature", got nothing`,
  ],
  [
    "a name with a slash, which would blur the alert's id",
    `[[alert]]\nname = "a/b"`,
    `rackwatch.toml: [[alert]] number 1: name must be 1–64 letters, digits, "-", "_" or ".", ` +
    `like name = "temperature", got "a/b"`,
  ],
  [
    "an unknown metric",
    `[[alert]]\nname = "hot"\nmetric = "temperature"`,
    `${HOT}: metric must be one of temp_c, cpu_load, voltage, power_watts, got "temperature"`,
  ],
  [
    "an unknown key",
    named(`warn = { above = 80, clear = 75 }`),
    `${HOT}: unknown key "warn"; keys are name, metric, sensors, levels, warning, critical`,
  ],
  [
    "a rule without levels",
    named(""),
    `${HOT}: a level is missing; give warning, critical or both, ` +
    `like warning = { above = 80, clear = 75 }`,
  ],
  [
    "a level without clear",
    named(`warning = { above = 80 }`),
    `${HOT}: warning: clear must be a number, like clear = 80, got nothing`,
  ],
  [
    "a limit that is text",
    named(`warning = { above = "80", clear = 75 }`),
    `${HOT}: warning: above must be a number, like above = 80, got "80"`,
  ],
  [
    "a limit that is no number",
    named(`warning = { above = nan, clear = 75 }`),
    `${HOT}: warning: above must be a number, like above = 80, got NaN`,
  ],
  [
    "clear not below above",
    named(`warning = { above = 80, clear = 80 }`),
    `${HOT}: warning: clear must lie below above, so that an alert does not flap, ` +
    `got above = 80, clear = 80`,
  ],
  [
    "critical not above warning",
    named(`warning = { above = 90, clear = 75 }\ncritical = { above = 90, clear = 85 }`),
    `${HOT}: critical must begin above warning, got critical above 90, warning above 90`,
  ],
  [
    "critical that clears lower than warning",
    named(`warning = { above = 80, clear = 75 }\ncritical = { above = 90, clear = 70 }`),
    `${HOT}: critical must clear no lower than warning, got critical clear 70, warning clear 75`,
  ],
  [
    "both forms at once",
    named(`warning = { above = 80, clear = 75 }\nlevels = []`),
    `${HOT}: give either levels or warning, not both`,
  ],
  [
    "levels that are no list",
    named(`levels = 80`),
    `${HOT}: levels must be a list like [{ severity = "warning", above = 80, clear = 75 }], got 80`,
  ],
  [
    "an unknown severity",
    named(`levels = [{ severity = "bad", above = 80, clear = 75 }]`),
    `${HOT}: level 1: severity must be warning or critical, got "bad"`,
  ],
  [
    "a severity twice",
    named(
      `levels = [{ severity = "warning", above = 80, clear = 75 }, ` +
        `{ severity = "warning", above = 90, clear = 75 }]`,
    ),
    `${HOT}: at most one warning level a rule`,
  ],
  [
    "two rules of one name",
    named(`warning = { above = 80, clear = 75 }`) + "\n" +
    named(`critical = { above = 90, clear = 85 }`),
    `rackwatch.toml: two [[alert]] tables are named "hot"; names tell apart`,
  ],
];

for (const [what, toml, message] of REFUSED) {
  test(`${what} is refused with what would be right`, () => {
    expect(() => parse(toml)).toThrow(message);
  });
}

test("more rules than the limit are refused", () => {
  const tables = Array.from({ length: 101 }, (_, index) => ({
    name: `r${index}`,
    metric: "temp_c",
    warning: { above: 80, clear: 75 },
  }));
  expect(() => parseAlertRules(tables, WHERE)).toThrow("at most 100 [[alert]] tables, got 101");
});
