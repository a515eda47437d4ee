/** One round over what was discovered: every sensor as it is now, each once, by its chassis. */
import {
  consumptionOf,
  lineVoltageOf,
  type RedfishSensor,
  sensorOf,
  temperatureExcerpts,
} from "../../../sources/redfish_sensors.ts";
import { sensorsOfPower, sensorsOfThermal } from "../../../sources/redfish_thermal_power.ts";
import type { RedfishClient } from "./client.ts";
import { type ChassisPlan, knownSensors } from "./chassis_plan.ts";

export interface ChassisSensors {
  readonly isOutermost: boolean;
  readonly sensors: readonly RedfishSensor[];
}

/** What is gone (404) tells nothing; a later discovery finds out what there is instead. */
export async function readChassis(
  client: RedfishClient,
  plan: ChassisPlan,
): Promise<ChassisSensors> {
  const sensors = new Map<string, RedfishSensor>();
  const add = (found: readonly (RedfishSensor | null)[]) => {
    for (const sensor of found) if (sensor !== null) sensors.set(sensor.id, sensor);
  };
  const get = (link: string | null) => link === null ? null : client.get(link);
  const whole = plan.sensors === null ? null : await client.members(plan.sensors, true);
  const known = whole === null ? plan.known : knownSensors(whole.resources);
  if (whole !== null) add([...known.values()]);
  for (const link of plan.singles) {
    const sensor = await client.get(link);
    if (sensor !== null) add([sensorOf(sensor)]);
  }
  const thermal = await get(plan.thermal);
  if (thermal !== null) add(sensorsOfThermal(thermal));
  const metrics = await get(plan.thermalMetrics);
  if (metrics !== null) add(temperatureExcerpts(metrics, known));
  const power = await get(plan.power);
  if (power !== null) add(sensorsOfPower(power));
  const environment = await get(plan.environment);
  if (environment !== null) add([consumptionOf(environment, known)]);
  for (const { name, metrics: link } of plan.supplies) {
    const supply = await client.get(link);
    if (supply !== null) add([lineVoltageOf(supply, known, name)]);
  }
  return { isOutermost: plan.isOutermost, sensors: [...sensors.values()] };
}
