/**
 * The sensors of a record that have limits of their own, from a column that holds them by name as a
 * BMC's line does (workers/speed/redfish/line.ts):
 *
 *     {"Inlet Temp": {"quantity": "temperature", "reading": 24, "upper_critical": 42, …}, …}
 *
 * Anybody may send such a record: what is no sensor with a number and an upper limit is none, and the
 * first LIMITS.redfishSensorsMax are looked at.
 */
import { LIMITS } from "../limits.ts";
import type { Metric } from "../model/reading.ts";
import { type Fields, isObject } from "../model/record.ts";
import type { SensorReading } from "../model/sensor.ts";
import { type ColumnReader, compileColumn } from "./column.ts";

const QUANTITIES: ReadonlyMap<unknown, Metric> = new Map([
  ["temperature", "temp_c"],
  ["power", "power_watts"],
  ["voltage", "voltage"],
]);

const NAME_CHARS_MAX = 128;

export class SensorsField {
  readonly #read: ColumnReader;

  constructor(column: string) {
    this.#read = compileColumn(column);
  }

  /** Each name once; undefined where there are none. */
  read(fields: Fields): readonly SensorReading[] | undefined {
    const byName = this.#read(fields);
    if (!isObject(byName)) return undefined;
    const sensors = new Map<string, SensorReading>();
    for (const key of Object.keys(byName).slice(0, LIMITS.redfishSensorsMax)) {
      const sensor = sensorOf(key, byName[key]);
      if (sensor !== null && !sensors.has(sensor.name)) sensors.set(sensor.name, sensor);
    }
    return sensors.size === 0 ? undefined : [...sensors.values()];
  }
}

function sensorOf(key: string, told: unknown): SensorReading | null {
  if (!isObject(told)) return null;
  const metric = QUANTITIES.get(told["quantity"]);
  const value = told["reading"];
  if (metric === undefined || !isNumber(value)) return null;
  const caution = limitOf(told["upper_caution"]);
  // Who tells the last one alone means it.
  const critical = limitOf(told["upper_critical"]) ?? limitOf(told["upper_fatal"]);
  if (caution === null && critical === null) return null;
  // A part of an alert's id, in which slashes part.
  const name = key.replace(/[\p{Cc}/]/gu, "_").slice(0, NAME_CHARS_MAX).toWellFormed();
  return { name, metric, value, caution, critical };
}

/** BMCs say 0 of a limit that is not set; no upper limit of ours is that or below. */
function limitOf(value: unknown): number | null {
  return isNumber(value) && value > 0 ? value : null;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
