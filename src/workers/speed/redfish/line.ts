/**
 * A round of a BMC as one line for the archive:
 *
 * ```
 * {"protocol":"redfish","timestamp":1763692976000,"labels":{"instance":"bmc-7","host":"rack-7"},
 *  "temp_c":44,"power_watts":280,"voltage":230,"taken_from":{"temp_c":"CPU1 Temp",…},
 *  "sensors":{"CPU1 Temp":{"quantity":"temperature","reading":44,"context":"CPU","upper_critical":95,
 *   "state":"Enabled","id":"/redfish/v1/Chassis/1/Thermal#/Temperatures/0"},…}}
 * ```
 *
 * It holds all that it means, so a replay needs no BMC, and every sensor by its name, so that a
 * `[[source]]` can read another one (`sensors.Inlet Temp.reading`). Of a name that a path can't hold,
 * `.`, `[` and `]` become `_`; the second sensor of a name is `… 2`.
 */
import { LIMITS } from "../../../limits.ts";
import type { RedfishSensor } from "../../../sources/redfish_sensors.ts";
import type { Chosen } from "./choice.ts";
import { NARROW } from "./client.ts";
import type { RedfishTarget } from "./targets.ts";

/** @throws {Error} where it is longer than a line may be. */
export function lineOf(
  atMs: number,
  { labels }: Pick<RedfishTarget, "labels">,
  sensors: readonly RedfishSensor[],
  chosen: Chosen,
): string {
  const names = sensorNames(sensors);
  const taken = Object.entries(chosen).flatMap(([metric, sensor]) =>
    sensor === null ? [] : [[metric, names.get(sensor)]]
  );
  const line = JSON.stringify({
    protocol: "redfish",
    timestamp: atMs,
    labels,
    temp_c: chosen.temp_c?.reading ?? null,
    power_watts: chosen.power_watts?.reading ?? null,
    voltage: chosen.voltage?.reading ?? null,
    taken_from: Object.fromEntries(taken),
    sensors: Object.fromEntries(sensors.map((sensor) => [names.get(sensor), told(sensor)])),
  });
  if (Buffer.byteLength(line) > LIMITS.lineBytesMax) {
    throw new Error(`its ${sensors.length} sensors are too much for a line; ${NARROW}`);
  }
  return line;
}

function told({ quantity, reading, context, state, measures, limits, id }: RedfishSensor) {
  return {
    quantity,
    reading,
    ...(measures === "sensor" ? {} : { measures }),
    ...(context === null ? {} : { context }),
    ...(state === null ? {} : { state }),
    ...limits,
    id,
  };
}

function sensorNames(sensors: readonly RedfishSensor[]): Map<RedfishSensor, string> {
  const used = new Set<string>();
  return new Map(sensors.map((sensor) => {
    const plain = sensor.name.replace(/[.[\]]/g, "_");
    let name = plain;
    for (let number = 2; used.has(name); number++) name = `${plain} ${number}`;
    used.add(name);
    return [sensor, name];
  }));
}
