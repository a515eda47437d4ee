/**
 * What of one chassis is to be asked in each round. The deprecated Thermal and Power come first, where
 * it has them: they tell all there is by two requests. Else it is ThermalMetrics, EnvironmentMetrics
 * and the metrics of the power supplies, and the collection of its sensors, whole where the BMC can
 * expand it. Where it can't, the sensors are asked once, here, for names, limits and what they measure;
 * of those, in each round only temperatures that no metrics tell.
 *
 * DMTF DSP2046, Redfish Resource and Schema Guide.
 */
import type { Fields } from "../../../model/record.ts";
import { idOf, linkIn, shortText, stateOf } from "../../../sources/redfish_fields.ts";
import {
  type RedfishSensor,
  sensorOf,
  temperatureExcerpts,
} from "../../../sources/redfish_sensors.ts";
import { sensorsOfPower, sensorsOfThermal } from "../../../sources/redfish_thermal_power.ts";
import type { RedfishClient } from "./client.ts";

export interface ChassisPlan {
  readonly id: string;
  /** No other chassis of the plan contains it: what it takes, the host takes. */
  readonly isOutermost: boolean;
  readonly thermal: string | null;
  readonly power: string | null;
  readonly thermalMetrics: string | null;
  readonly environment: string | null;
  readonly supplies: readonly { readonly name: string; readonly metrics: string }[];
  /** The collection, where it comes whole. */
  readonly sensors: string | null;
  /** Sensors that are asked one by one. */
  readonly singles: readonly string[];
  /** As they were at discovery. */
  readonly known: ReadonlyMap<string, RedfishSensor | null>;
}

export async function planOf(
  client: RedfishClient,
  id: string,
  chassis: Fields,
  { canExpand, isOutermost }: { readonly canExpand: boolean; readonly isOutermost: boolean },
): Promise<ChassisPlan> {
  const thermal = await client.follow(chassis, "Thermal");
  const power = await client.follow(chassis, "Power");
  const hasThermal = thermal !== null && sensorsOfThermal(thermal).length > 0;
  const hasPower = power !== null && sensorsOfPower(power).length > 0;
  const sensors = hasThermal && hasPower ? NO_SENSORS : await sensorsOf(client, chassis, canExpand);
  const metrics = hasThermal || sensors.hasTemperatures ? null : await metricsLink(client, chassis);
  return {
    id,
    isOutermost,
    thermal: hasThermal ? linkIn(chassis, "Thermal") : null,
    power: hasPower ? linkIn(chassis, "Power") : null,
    thermalMetrics: metrics,
    environment: hasPower ? null : linkIn(chassis, "EnvironmentMetrics"),
    supplies: hasPower ? [] : await suppliesOf(client, chassis, canExpand),
    sensors: sensors.collection,
    singles: hasThermal ? [] : await untold(client, metrics, sensors),
    known: sensors.known,
  };
}

interface FoundSensors {
  readonly collection: string | null;
  /** The collection, asked whole, tells temperatures. */
  readonly hasTemperatures: boolean;
  readonly known: ReadonlyMap<string, RedfishSensor | null>;
  readonly resources: readonly Fields[];
}

const NO_SENSORS: FoundSensors = {
  collection: null,
  hasTemperatures: false,
  known: new Map(),
  resources: [],
};

async function sensorsOf(
  client: RedfishClient,
  chassis: Fields,
  canExpand: boolean,
): Promise<FoundSensors> {
  const link = linkIn(chassis, "Sensors");
  if (link === null) return NO_SENSORS;
  const { resources, isWhole } = await client.members(link, canExpand);
  const known = knownSensors(resources);
  const isTemperature = (sensor: RedfishSensor | null) => sensor?.quantity === "temperature";
  const hasTemperatures = isWhole && [...known.values()].some(isTemperature);
  return { collection: isWhole ? link : null, hasTemperatures, known, resources };
}

export function knownSensors(resources: readonly Fields[]): Map<string, RedfishSensor | null> {
  return new Map(resources.flatMap((resource) => {
    const id = idOf(linkIn(resource));
    return id === null ? [] : [[id, sensorOf(resource)] as const];
  }));
}

async function metricsLink(client: RedfishClient, chassis: Fields): Promise<string | null> {
  const subsystem = await client.follow(chassis, "ThermalSubsystem");
  return subsystem === null ? null : linkIn(subsystem, "ThermalMetrics");
}

/** Temperatures that neither the whole collection nor the metrics tell. */
async function untold(
  client: RedfishClient,
  metrics: string | null,
  { collection, known, resources }: FoundSensors,
): Promise<string[]> {
  if (collection !== null) return [];
  const excerpts = metrics === null ? null : await client.get(metrics);
  const told = new Set(
    excerpts === null ? [] : temperatureExcerpts(excerpts, known).map(({ id }) => id),
  );
  return resources.flatMap((resource) => {
    const sensor = sensorOf(resource);
    return sensor?.quantity === "temperature" && !told.has(sensor.id) ? [linkIn(resource)!] : [];
  });
}

async function suppliesOf(client: RedfishClient, chassis: Fields, canExpand: boolean) {
  const subsystem = await client.follow(chassis, "PowerSubsystem");
  const link = subsystem === null ? null : linkIn(subsystem, "PowerSupplies");
  if (link === null) return [];
  const { resources } = await client.members(link, canExpand);
  return resources.flatMap((supply, index) => {
    const metrics = linkIn(supply, "Metrics");
    if (metrics === null || stateOf(supply) === "Absent") return [];
    return [{ name: shortText(supply["Name"]) ?? `Power supply ${index}`, metrics }];
  });
}

/** How many places it is read from. */
export function sourcesOf(plan: ChassisPlan): number {
  const { thermal, power, thermalMetrics, environment, sensors, singles, supplies } = plan;
  const links = [thermal, power, thermalMetrics, environment, sensors];
  return links.filter((link) => link !== null).length + singles.length + supplies.length;
}
