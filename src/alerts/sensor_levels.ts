/**
 * A sensor's own limits as the levels of a rule. Makers tell no way back from a limit, so there is
 * one: 2 °C below it, or 2 % of it of other quantities, that a value at the limit does not flap.
 */
import type { AlertLevel, AlertRule } from "../model/alert.ts";
import { type SensorReading, sensorRuleName } from "../model/sensor.ts";

const CLEAR_BELOW_C = 2;
const CLEAR_BELOW_PART = 0.02;

/** The rule for one sensor, made of `rule`, which says that sensors are judged by their own limits. */
export function ruleOfSensor(rule: AlertRule, sensor: SensorReading): AlertRule {
  return {
    name: sensorRuleName(rule.name, sensor.name),
    metric: sensor.metric,
    levels: levelsOf(sensor),
  };
}

/** Rising; a caution that does not lie below the critical limit says nothing. */
function levelsOf({ metric, caution, critical }: SensorReading): AlertLevel[] {
  const clearOf = (above: number) =>
    metric === "temp_c" ? above - CLEAR_BELOW_C : above * (1 - CLEAR_BELOW_PART);
  const levels: AlertLevel[] = [];
  if (caution !== null && (critical === null || caution < critical)) {
    levels.push({ severity: "warning", above: caution, clear: clearOf(caution) });
  }
  if (critical !== null) {
    levels.push({ severity: "critical", above: critical, clear: clearOf(critical) });
  }
  return levels;
}
