/**
 * Redfish sensors, and how the resources of the present schema tell them: Sensor, ThermalMetrics,
 * EnvironmentMetrics, PowerSupplyMetrics. Those of the deprecated one: redfish_thermal_power.ts.
 *
 * ```
 * {"Name": "CPU1 Temp", "ReadingType": "Temperature", "ReadingUnits": "Cel", "Reading": 44,
 *  "PhysicalContext": "CPU", "Status": {"State": "Enabled"},
 *  "Thresholds": {"UpperCritical": {"Reading": 95}}}
 * ```
 *
 * DMTF DSP2046, Redfish Resource and Schema Guide. A sensor that is absent, disabled or tells no
 * number has a null reading; what is told relative to a limit (`ReadingBasis` other than `Zero`), or
 * in other units than the schema's, is none of ours. Which sensor means what, is not decided here.
 */
import { type Fields, isObject } from "../model/record.ts";
import {
  idOf,
  limitsOf,
  linkIn,
  objectsIn,
  readingOf,
  type SensorLimits,
  shortText,
  stateOf,
} from "./redfish_fields.ts";

export type SensorQuantity = "temperature" | "power" | "voltage";

export interface RedfishSensor {
  /** Path of the resource, with a fragment where it is a part of one. */
  readonly id: string;
  readonly name: string;
  readonly quantity: SensorQuantity;
  /** `consumption`: what the whole chassis takes. `input`: of a power supply's line. */
  readonly measures: "sensor" | "consumption" | "input";
  /** `PhysicalContext`, as `CPU` or `Intake`; null where it is not told. */
  readonly context: string | null;
  /** `Status.State`; null where it is not told. */
  readonly state: string | null;
  readonly reading: number | null;
  readonly limits: SensorLimits;
}

/** By `ReadingType`: the quantity, and the unit that the schema has for it. */
const QUANTITIES: ReadonlyMap<unknown, readonly [SensorQuantity, string]> = new Map([
  ["Temperature", ["temperature", "Cel"]],
  ["Power", ["power", "W"]],
  ["Voltage", ["voltage", "V"]],
]);

/** A Sensor resource; null where it is none of the three quantities. */
export function sensorOf(sensor: Fields): RedfishSensor | null {
  const [quantity, unit] = QUANTITIES.get(sensor["ReadingType"]) ?? [];
  const id = idOf(linkIn(sensor));
  if (quantity === undefined || id === null) return null;
  if ((sensor["ReadingUnits"] ?? unit) !== unit) return null;
  if ((sensor["ReadingBasis"] ?? "Zero") !== "Zero") return null;
  const state = stateOf(sensor);
  return {
    id,
    name: shortText(sensor["Name"]) ?? shortText(sensor["Id"]) ?? id,
    quantity,
    measures: "sensor",
    context: shortText(sensor["PhysicalContext"]),
    state,
    reading: readingOf(sensor["Reading"], state),
    limits: thresholdsOf(sensor["Thresholds"]),
  };
}

/** Sensors by their id, for what an excerpt leaves out; null: it is known to be none of ours. */
export type KnownSensors = ReadonlyMap<string, RedfishSensor | null>;

/** ThermalMetrics: the excerpts of its temperatures. */
export function temperatureExcerpts(metrics: Fields, known: KnownSensors): RedfishSensor[] {
  const path = idOf(linkIn(metrics)) ?? "";
  return objectsIn(metrics["TemperatureReadingsCelsius"]).flatMap((excerpt, index) => {
    const source = idOf(linkIn(excerpt, "DataSourceUri"));
    const sensor = source === null ? undefined : known.get(source);
    // A margin to a limit, say, which is no temperature.
    if (sensor === null) return [];
    return [{
      id: source ?? `${path}#/TemperatureReadingsCelsius/${index}`,
      name: sensor?.name ?? shortText(excerpt["DeviceName"]) ?? lastOf(source) ??
        `Temperature ${index}`,
      quantity: "temperature" as const,
      measures: "sensor" as const,
      context: shortText(excerpt["PhysicalContext"]) ?? sensor?.context ?? null,
      state: null,
      reading: readingOf(excerpt["Reading"], null),
      limits: sensor?.limits ?? {},
    }];
  });
}

/** EnvironmentMetrics of a chassis: the power it takes; null where it does not say. */
export function consumptionOf(metrics: Fields, known: KnownSensors): RedfishSensor | null {
  return excerptOf(metrics, "PowerWatts", known, {
    name: "Power",
    quantity: "power",
    measures: "consumption",
  });
}

/** PowerSupplyMetrics: the voltage of the line; null where it does not say. */
export function lineVoltageOf(
  metrics: Fields,
  known: KnownSensors,
  supply: string,
): RedfishSensor | null {
  return excerptOf(metrics, "InputVoltage", known, {
    name: `${supply} input voltage`,
    quantity: "voltage",
    measures: "input",
  });
}

function excerptOf(
  metrics: Fields,
  key: string,
  known: KnownSensors,
  is: Pick<RedfishSensor, "name" | "quantity" | "measures">,
): RedfishSensor | null {
  const excerpt = metrics[key];
  if (!isObject(excerpt)) return null;
  const source = idOf(linkIn(excerpt, "DataSourceUri"));
  const sensor = source === null ? undefined : known.get(source);
  return {
    id: source ?? `${idOf(linkIn(metrics)) ?? ""}#/${key}`,
    name: sensor?.name ?? is.name,
    quantity: is.quantity,
    measures: is.measures,
    context: sensor?.context ?? null,
    state: null,
    reading: readingOf(excerpt["Reading"], null),
    limits: sensor?.limits ?? {},
  };
}

function thresholdsOf(thresholds: unknown): SensorLimits {
  if (!isObject(thresholds)) return {};
  return limitsOf((side, level) => {
    const threshold = thresholds[`${side}${level}`];
    return isObject(threshold) ? threshold["Reading"] : null;
  }, "Caution");
}

function lastOf(path: string | null): string | null {
  return shortText(path?.split("/").findLast((part) => part !== ""));
}
