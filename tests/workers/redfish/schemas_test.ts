/** What is made of a BMC's resources, in the deprecated schema and in the present one. */
import { describe, expect, test } from "bun:test";
import {
  ENABLED,
  fakeBmc,
  link,
  NEW_BMC,
  OLD_BMC,
  type Resources,
  resourcesOf,
  service,
} from "../../support/bmc.ts";
import { asked } from "./asked.ts";

const ROUNDS = (count: number) => (_scrapers: unknown, lines: readonly string[]) =>
  lines.length >= count;
const BOX = "/redfish/v1/Chassis/Box";

describe("Thermal and Power", () => {
  test("give the hottest CPU, what the chassis takes, and the line of a supply", async () => {
    await using bmc = fakeBmc(OLD_BMC);
    const { rounds: [round], status } = await asked({ url: bmc.url });
    expect(round).toMatchObject({ temp_c: 67.5, power_watts: 312, voltage: 229 });
    expect(status).toMatchObject({ kind: "redfish", up: true, error: null });
  });

  test("are archived sensor by sensor, with their own limits", async () => {
    await using bmc = fakeBmc(OLD_BMC);
    const { rounds: [round] } = await asked({ url: bmc.url });
    expect(round!.sensors["CPU2 Temp"]).toEqual({
      quantity: "temperature",
      reading: 67.5,
      context: "CPU",
      state: "Enabled",
      upper_caution: 88,
      upper_critical: 96,
      id: `${BOX}/Thermal#/Temperatures/1`,
    });
    expect(round!.sensors["Inlet Temp"]).toMatchObject({ reading: 24, upper_critical: 42 });
  });

  test("of an absent sensor there is no reading, whatever number stands there", async () => {
    await using bmc = fakeBmc(OLD_BMC);
    const { rounds: [round] } = await asked({ url: bmc.url });
    expect(round!.sensors["CPU3 Temp"]).toMatchObject({ reading: null, state: "Absent" });
  });

  test("take two requests a round, once it is known what is there", async () => {
    await using bmc = fakeBmc(OLD_BMC);
    await asked({ url: bmc.url, every_s: 1 }, ROUNDS(2));
    const again = bmc.asked.slice(bmc.asked.indexOf(`${BOX}/Power`) + 1);
    expect(again.slice(0, 2)).toEqual([`${BOX}/Thermal`, `${BOX}/Power`]);
    expect(bmc.asked.filter((path) => path === "/redfish/v1/")).toHaveLength(1);
  });
});

describe("ThermalMetrics, EnvironmentMetrics, PowerSupplyMetrics and Sensors", () => {
  for (const canExpand of [true, false]) {
    const how = canExpand ? "whole" : "one by one";
    test(`give the same, sensors told ${how}`, async () => {
      await using bmc = fakeBmc(NEW_BMC, { canExpand });
      const { rounds: [round], status } = await asked({ url: bmc.url });
      expect(round).toMatchObject({ temp_c: 71, power_watts: 298.5, voltage: 231.25 });
      expect(round!.sensors["CPU0 Temp"]).toMatchObject({
        context: "CPU",
        upper_caution: 90,
        upper_critical: 100,
      });
      expect(status.sensors).toEqual([
        { metric: "temp_c", name: "CPU0 Temp", limits: { upper_caution: 90, upper_critical: 100 } },
        { metric: "power_watts", name: "Total Power", limits: { upper_critical: 900 } },
        { metric: "voltage", name: "PSU0 input voltage", limits: {} },
      ]);
    });

    test(`leave out how far a CPU is from its limit, sensors told ${how}`, async () => {
      await using bmc = fakeBmc(NEW_BMC, { canExpand });
      const { rounds: [round] } = await asked({ url: bmc.url });
      expect(JSON.stringify(round!.sensors)).not.toContain("margin");
    });
  }

  test("go on with few requests: the sensors' limits are asked for once", async () => {
    await using bmc = fakeBmc(NEW_BMC);
    await asked({ url: bmc.url, every_s: 1 }, ROUNDS(2));
    expect(bmc.asked.filter((path) => path === `${BOX}/Sensors/cpu0`)).toHaveLength(1);
    const metrics = `${BOX}/ThermalSubsystem/ThermalMetrics`;
    expect(bmc.asked.filter((path) => path === metrics)).toHaveLength(2);
  });

  test("are not asked for temperatures that the sensors, told whole, have", async () => {
    await using bmc = fakeBmc(NEW_BMC, { canExpand: true });
    await asked({ url: bmc.url });
    expect(bmc.asked).not.toContain(`${BOX}/ThermalSubsystem/ThermalMetrics`);
    expect(bmc.asked).not.toContain(`${BOX}/Sensors/cpu0`);
  });

  test("where no metrics tell the temperatures, their sensors are asked every round", async () => {
    const { [`${BOX}/ThermalSubsystem`]: _subsystem, ...resources } = NEW_BMC;
    await using bmc = fakeBmc(resources);
    const { rounds } = await asked({ url: bmc.url, every_s: 1 }, ROUNDS(2));
    expect(rounds.map((round) => round.temp_c)).toEqual([71, 71]);
    expect(bmc.asked.filter((path) => path === `${BOX}/Sensors/cpu0`)).toHaveLength(2);
    expect(bmc.asked.filter((path) => path === `${BOX}/Sensors/fan0`)).toHaveLength(1);
  });

  test("with null readings make nulls", async () => {
    const metrics = `${BOX}/ThermalSubsystem/ThermalMetrics`;
    const none = { Reading: null };
    const readings = (NEW_BMC[metrics]!["TemperatureReadingsCelsius"] as object[])
      .map((one) => ({ ...one, ...none }));
    await using bmc = fakeBmc({
      ...NEW_BMC,
      [metrics]: { ...NEW_BMC[metrics], TemperatureReadingsCelsius: readings },
    });
    const { rounds: [round] } = await asked({ url: bmc.url });
    expect(round).toMatchObject({ temp_c: null, power_watts: 298.5 });
    expect(round!.sensors["CPU0 Temp"]).toMatchObject({ reading: null });
  });
});

describe("several chassis", () => {
  const power = (watts: number) => ({ PowerControl: [{ PowerConsumedWatts: watts }] });
  const at = (id: string) => `/redfish/v1/Chassis/${id}`;
  const boxes: Resources = {
    ...service({
      Card: { Power: link(`${at("Card")}/Power`), Links: { ContainedBy: link(at("Shell")) } },
      Shell: { Power: link(`${at("Shell")}/Power`), Thermal: link(`${at("Shell")}/Thermal`) },
      Empty: { Power: link(`${at("Empty")}/Power`), Status: { State: "Absent" } },
    }),
    ...resourcesOf({
      [`${at("Card")}/Power`]: power(75),
      [`${at("Shell")}/Power`]: power(400),
      [`${at("Empty")}/Power`]: power(1),
      [`${at("Shell")}/Thermal`]: {
        Temperatures: [{ Name: "CPU", ReadingCelsius: 50, Status: ENABLED }],
      },
    }),
  };

  test("have the power of the one that holds the others", async () => {
    await using bmc = fakeBmc(boxes);
    const { rounds: [round] } = await asked({ url: bmc.url });
    expect(round).toMatchObject({ power_watts: 400, temp_c: 50 });
    expect(bmc.asked).not.toContain(`${at("Empty")}/Power`);
  });

  test("are narrowed by their ids, and told apart in the status", async () => {
    await using bmc = fakeBmc(boxes);
    const { rounds: [round], status } = await asked({ url: bmc.url, chassis: "Card" });
    expect(round).toMatchObject({ power_watts: 75, temp_c: null });
    expect(status.url).toBe(`${bmc.url}#Card`);
  });

  test("of which none has the id that is wanted: it says which there are", async () => {
    await using bmc = fakeBmc(boxes);
    const { status } = await asked({ url: bmc.url, chassis: ["Bx"] });
    expect(status.error).toBe('it has no chassis "Bx"; it has "Card", "Shell", "Empty"');
  });
});

test("two sensors of one name are two in the archive", async () => {
  const named = { Name: "P3.3V", ReadingVolts: 3.3 };
  await using bmc = fakeBmc({
    ...OLD_BMC,
    ...resourcesOf({ [`${BOX}/Power`]: { Voltages: [named, { ...named, ReadingVolts: 3.2 }] } }),
  });
  const { rounds: [round] } = await asked({ url: bmc.url });
  expect(round!.sensors).toMatchObject({ P3_3V: { reading: 3.3 }, "P3_3V 2": { reading: 3.2 } });
});
