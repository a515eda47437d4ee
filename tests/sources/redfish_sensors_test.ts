/** Redfish resources → sensors: what the schema says, and whatever else may stand there. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Fields } from "../../src/model/record.ts";
import {
  consumptionOf,
  lineVoltageOf,
  type RedfishSensor,
  sensorOf,
  temperatureExcerpts,
} from "../../src/sources/redfish_sensors.ts";
import { sensorsOfPower, sensorsOfThermal } from "../../src/sources/redfish_thermal_power.ts";

const SENSOR = {
  "@odata.id": "/redfish/v1/Chassis/1/Sensors/a/",
  Name: "A",
  ReadingType: "Temperature",
  ReadingUnits: "Cel",
  Reading: 40,
};

describe("a Sensor", () => {
  test("is known by its path, with a slash at its end or without", () => {
    expect(sensorOf(SENSOR)?.id).toBe("/redfish/v1/Chassis/1/Sensors/a");
  });

  test.each([
    ["Enabled", 40],
    ["StandbyOffline", 40],
    ["Absent", null],
    ["Disabled", null],
    ["UnavailableOffline", null],
  ])("in state %s has a reading of %j", (State, reading) => {
    expect(sensorOf({ ...SENSOR, Status: { State } })?.reading).toBe(reading);
  });

  test.each([
    ["in other units", { ReadingUnits: "[degF]" }],
    ["of another quantity", { ReadingType: "Humidity" }],
    ["relative to a limit", { ReadingBasis: "Headroom" }],
    ["without a path", { "@odata.id": null }],
  ])("%s is none of ours", (_name, more) => {
    expect(sensorOf({ ...SENSOR, ...more })).toBeNull();
  });

  test.each(["41", true, null, {}, Infinity])("that tells %j tells no number", (Reading) => {
    expect(sensorOf({ ...SENSOR, Reading })?.reading).toBeNull();
  });
});

test("an excerpt takes name, context and limits of its sensor, and its own reading", () => {
  const known = new Map([["/redfish/v1/Chassis/1/Sensors/a", sensorOf(SENSOR)]]);
  const metrics = {
    "@odata.id": "/m",
    TemperatureReadingsCelsius: [
      // As a link too, which some BMCs write.
      { Reading: 55, DataSourceUri: { "@odata.id": "/redfish/v1/Chassis/1/Sensors/a" } },
      { Reading: 56, DeviceName: "B" },
    ],
  };
  expect(temperatureExcerpts(metrics, known)).toMatchObject([
    { id: "/redfish/v1/Chassis/1/Sensors/a", name: "A", reading: 55 },
    { id: "/m#/TemperatureReadingsCelsius/1", name: "B", reading: 56 },
  ]);
});

test("a power control of a part of the machine is a sensor, not what the machine takes", () => {
  const controls = sensorsOfPower({
    PowerControl: [
      { Name: "Memory", PowerConsumedWatts: 30, PhysicalContext: "Memory" },
      { Name: "All", PowerConsumedWatts: 300 },
    ],
  });
  expect(controls.map(({ measures }) => measures)).toEqual(["sensor", "consumption"]);
});

test("property: whatever stands in a resource, sensors are bounded values, and nothing throws", () => {
  const resource = fc.dictionary(
    fc.constantFrom(
      ...["Temperatures", "PowerControl", "Voltages", "PowerSupplies", "Thresholds", "Status"],
      ...["TemperatureReadingsCelsius", "PowerWatts", "InputVoltage", "@odata.id", "Name"],
      ...["ReadingType", "Reading", "ReadingCelsius", "PhysicalContext", "DataSourceUri"],
    ),
    fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom("Temperature", "toString", "x".repeat(1_000)),
      fc.array(fc.dictionary(
        fc.constantFrom("Name", "Reading", "ReadingCelsius", "Status", "@odata.id"),
        fc.jsonValue({ maxDepth: 2 }),
      )),
    ),
  ) as fc.Arbitrary<Fields>;
  fc.assert(fc.property(resource, (fields) => {
    const found: (RedfishSensor | null)[] = [
      sensorOf(fields),
      ...temperatureExcerpts(fields, new Map()),
      consumptionOf(fields, new Map()),
      lineVoltageOf(fields, new Map(), "PSU"),
      ...sensorsOfThermal(fields),
      ...sensorsOfPower(fields),
    ];
    for (const sensor of found) {
      if (sensor === null) continue;
      expect(sensor.reading === null || Number.isFinite(sensor.reading)).toBe(true);
      expect(sensor.name.length).toBeWithin(1, 513);
      expect(sensor.id.length).toBeLessThanOrEqual(600);
    }
  }));
});
