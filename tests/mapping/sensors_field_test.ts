import { describe, expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { AGENT_DECLARATIONS } from "../../src/mapping/builtin_agents.ts";
import { parseDeclaration } from "../../src/mapping/declaration.ts";
import { declarationToml } from "../../src/mapping/declaration_toml.ts";
import { compileMapping } from "../../src/mapping/normaliser.ts";
import { SensorsField } from "../../src/mapping/sensors_field.ts";
import type { Fields } from "../../src/model/record.ts";
import { readingOf as readingBy } from "./support.ts";

const INLET = { quantity: "temperature", reading: 24, upper_caution: 38, upper_critical: 42 };
const read = (sensors: unknown) => new SensorsField("sensors").read({ sensors });

describe("sensors with limits of their own", () => {
  test("each by its name, its quantity's metric, its value and its upper limits", () => {
    expect(read({
      "Inlet Temp": INLET,
      P12V: { quantity: "voltage", reading: 12.1, upper_critical: 13.2, lower_critical: 10.8 },
      PSU: { quantity: "power", reading: 300, upper_fatal: 900 },
    })).toEqual([
      { name: "Inlet Temp", metric: "temp_c", value: 24, caution: 38, critical: 42 },
      { name: "P12V", metric: "voltage", value: 12.1, caution: null, critical: 13.2 },
      { name: "PSU", metric: "power_watts", value: 300, caution: null, critical: 900 },
    ]);
  });

  const NONE: readonly (readonly [string, unknown])[] = [
    ["no column", undefined],
    ["a list", [INLET]],
    ["no object", { a: 7 }],
    ["another quantity", { a: { ...INLET, quantity: "fan" } }],
    ["no number", { a: { ...INLET, reading: null } }],
    ["a number as text", { a: { ...INLET, reading: "24" } }],
    ["no upper limit", { a: { quantity: "temperature", reading: 24, lower_critical: 5 } }],
    ["limits that are not set", { a: { ...INLET, upper_caution: 0, upper_critical: 0 } }],
  ];
  for (const [claim, sensors] of NONE) {
    test(`${claim}: none`, () => expect(read(sensors)).toBeUndefined());
  }

  test("a name is short, without control characters or slashes, and stands once", () => {
    const sensors = read({ "a/b\0": INLET, a_b_: INLET, ["x".repeat(500)]: INLET })!;
    expect(sensors.map(({ name }) => name)).toEqual(["a_b_", "x".repeat(128)]);
  });

  test("no more than a round of a BMC may have are looked at", () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`s${i}`, INLET]));
    expect(read(many)).toHaveLength(LIMITS.redfishSensorsMax);
  });
});

const REDFISH = AGENT_DECLARATIONS.find(({ name }) => name === "redfish")!;
const LINE = {
  protocol: "redfish",
  timestamp: 1_763_692_976_000,
  labels: { host: "rack-7", region: "Lab" },
  temp_c: 61,
  sensors: { "Inlet Temp": INLET },
};

const readingOf = (fields: Fields) => readingBy(compileMapping(REDFISH), fields);

describe("a BMC's line", () => {
  test("gives its sensors to the reading, for the alerts", () => {
    expect(readingOf(LINE)).toMatchObject({
      host_id: "rack-7",
      temp_c: 61,
      sensors: [{ name: "Inlet Temp", value: 24, critical: 42 }],
    });
    expect(readingOf({ ...LINE, sensors: {} })).not.toHaveProperty("sensors");
  });

  test("means what it meant before: sensors make no reading another one", () => {
    const { sensors: _, ...before } = REDFISH;
    expect(compileMapping(REDFISH).version).toBe(compileMapping(before).version);
    expect(compileMapping(REDFISH).unknownColumns(LINE)).not.toContain("sensors");
  });

  test("a declared source may name the column, and is written as it is read", () => {
    const toml = (Bun.TOML.parse(declarationToml(REDFISH)) as { source: unknown[] }).source[0];
    expect(parseDeclaration(toml, "test")).toEqual(REDFISH);
    expect(() => parseDeclaration({ ...toml as object, sensors: 7 }, "test")).toThrow("sensors");
  });
});
