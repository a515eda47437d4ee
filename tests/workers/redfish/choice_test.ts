/** Which sensors are the host's: the die of a CPU, never what is beside it. */
import { describe, expect, test } from "bun:test";
import { choose, isCpu } from "../../../src/workers/speed/redfish/choice.ts";
import type { RedfishSensor } from "../../../src/sources/redfish_sensors.ts";

function sensor(more: Partial<RedfishSensor>): RedfishSensor {
  return {
    id: `/redfish/v1/x#${more.name}`,
    name: "one",
    quantity: "temperature",
    measures: "sensor",
    context: null,
    state: "Enabled",
    reading: 50,
    limits: {},
    ...more,
  };
}

describe("a CPU's temperature", () => {
  test.each([
    ["CPU1 Temp", "CPU"],
    ["02-CPU 1", "CPU"],
    ["Anything", "CPU"],
    ["CPU Temp", null],
    ["CPU1 Temp", null],
    ["CPU0_Temp", null],
    ["Die_CPU0", null],
    ["Temp_CPU1", null],
    ["01-CPU 2", null],
    ["CPU 1 PkgTmp", null],
  ])("is %s in context %s", (name, context) => {
    expect(isCpu(sensor({ name, context }))).toBe(true);
  });

  test.each([
    ["Inlet Temp", "Intake"],
    ["CPU Inlet Temp", "CPU"],
    ["Ambient", null],
    ["Temp", null],
    ["CPU1 Temp", "Intake"],
    ["CPU1 Temp", "SystemBoard"],
    ["CPU_VRM Temp", "CPU"],
    ["CPU1 VR1", "CPU"],
    ["CPU1 DIMM A1", "CPU"],
    ["CPU1 Margin", "CPU"],
    ["CPU1 DTS", "CPU"],
    ["CPU1 Core Rem", "CPU"],
    ["CPU1 VDDQ Temp", "CPU"],
    ["CPU1 Tj Max", "CPU"],
    ["CPU1 VRM Temp", null],
    ["P1 DIMM 1-6", null],
    ["GPU1 Temp", null],
    ["GPU1 Temp", "GPU"],
  ])("is not %s in context %s", (name, context) => {
    expect(isCpu(sensor({ name, context }))).toBe(false);
  });
});

describe("of a BMC", () => {
  test("without a CPU's sensor there is no temperature, however many others it has", () => {
    const sensors = [sensor({ name: "Inlet", context: "Intake" }), sensor({ context: "Exhaust" })];
    expect(choose([{ isOutermost: true, sensors }]).temp_c).toBeNull();
  });

  test("whose power is not told for once no other sensor steps in", () => {
    const power = { quantity: "power", measures: "consumption" } as const;
    const sensors = [sensor({ ...power, reading: null }), sensor({ ...power, reading: 9 })];
    expect(choose([{ isOutermost: true, sensors }]).power_watts?.reading).toBeNull();
  });

  test("the voltage is a supply's line, never a rail", () => {
    const rail = sensor({ name: "P12V", quantity: "voltage", reading: 12 });
    const line = sensor({ name: "PSU", quantity: "voltage", measures: "input", reading: 230 });
    expect(choose([{ isOutermost: true, sensors: [rail, line] }]).voltage).toBe(line);
    expect(choose([{ isOutermost: true, sensors: [rail] }]).voltage).toBeNull();
  });
});
