/**
 * Redfish's deprecated resources Thermal and Power, which most BMCs serve: each holds its sensors
 * with readings, states and limits, so two requests tell a chassis.
 *
 * ```
 * {"Temperatures": [{"Name": "CPU1 Temp", "ReadingCelsius": 44, "PhysicalContext": "CPU",
 *   "UpperThresholdCritical": 95, "Status": {"State": "Enabled"}}]}
 * {"PowerControl": [{"PowerConsumedWatts": 280}], "Voltages": [{"ReadingVolts": 12.1}],
 *  "PowerSupplies": [{"LineInputVoltage": 230}]}
 * ```
 *
 * DMTF DSP2046, Redfish Resource and Schema Guide: Thermal 1.7, Power 1.7.
 */
import type { Fields } from "../model/record.ts";
import {
  idOf,
  limitsOf,
  linkIn,
  numberOf,
  objectsIn,
  readingOf,
  shortText,
  stateOf,
} from "./redfish_fields.ts";
import type { RedfishSensor } from "./redfish_sensors.ts";

export function sensorsOfThermal(thermal: Fields): RedfishSensor[] {
  return sensorsIn(thermal, "Temperatures", "ReadingCelsius", {
    quantity: "temperature",
    measures: "sensor",
  });
}

export function sensorsOfPower(power: Fields): RedfishSensor[] {
  const controls = sensorsIn(power, "PowerControl", "PowerConsumedWatts", {
    quantity: "power",
    measures: "consumption",
  });
  return [
    ...controls.map((control) =>
      isWhole(control) ? control : { ...control, measures: "sensor" as const }
    ),
    ...sensorsIn(power, "PowerSupplies", "LineInputVoltage", {
      quantity: "voltage",
      measures: "input",
    }),
    ...sensorsIn(power, "Voltages", "ReadingVolts", { quantity: "voltage", measures: "sensor" }),
  ];
}

/** What a power control can be of and yet mean the chassis; others are of its CPUs, its memory, … */
const WHOLE: readonly string[] = ["Chassis", "SystemBoard", "PowerSubsystem", "PowerSupply"];

function isWhole({ context }: RedfishSensor): boolean {
  return context === null || WHOLE.includes(context);
}

function sensorsIn(
  resource: Fields,
  list: string,
  reading: string,
  is: Pick<RedfishSensor, "quantity" | "measures">,
): RedfishSensor[] {
  return objectsIn(resource[list]).map((entry, index) => {
    const state = stateOf(entry);
    return {
      id: idOf(linkIn(entry)) ?? `${idOf(linkIn(resource)) ?? ""}#/${list}/${index}`,
      name: shortText(entry["Name"]) ?? `${list} ${index}`,
      ...is,
      context: shortText(entry["PhysicalContext"]),
      state,
      reading: readingOf(entry[reading], state),
      limits: limitsOf((side, level) => numberOf(entry[`${side}Threshold${level}`]), "NonCritical"),
    };
  });
}
