/**
 * Which sensor is the host's: of temperatures the hottest of its CPUs, of power what the outermost
 * chassis takes, of voltages the line of the first power supply that tells one. Everything else (inlet,
 * board, memory, voltage regulators) is another quantity with other limits: archived, never mixed
 * in. The same as mapping/builtin_agents.ts takes of agents that speak of the same sensors.
 */
import type { RedfishSensor } from "../../../sources/redfish_sensors.ts";
import type { ChassisSensors } from "./round.ts";

export interface Chosen {
  readonly temp_c: RedfishSensor | null;
  readonly power_watts: RedfishSensor | null;
  readonly voltage: RedfishSensor | null;
}

export function choose(chassis: readonly ChassisSensors[]): Chosen {
  const all = chassis.flatMap(({ sensors }) => sensors);
  const cpus = all.filter((sensor) => isCpu(sensor) && sensor.reading !== null);
  const outermost = chassis.filter((one) => one.isOutermost).flatMap(({ sensors }) => sensors);
  return {
    temp_c: cpus.reduce<RedfishSensor | null>(
      (hottest, one) => hottest === null || one.reading! > hottest.reading! ? one : hottest,
      null,
    ),
    // By what it is, not by whether it tells a number now: else another one would step in.
    power_watts: outermost.find((one) => one.measures === "consumption" && isThere(one)) ?? null,
    voltage: all.find((one) => one.measures === "input" && one.reading !== null) ?? null,
  };
}

function isThere({ state }: RedfishSensor): boolean {
  return state !== "Absent";
}

/** `CPU1 Temp`, `CPU Package`, `CPU0_Temp`, `Die_CPU0`, `02-CPU 1`, where no context tells. */
const CPU_NAME =
  /^(?:\d\d-)?(?:(?:die|temp)[ _])?(?:cpu|processor)[ _]?\d*(?:[ _](?:die|package|pkgtmp))?(?:[ _]temp(?:erature)?)?$/i;
/** On a CPU's board, or relative to its limit, though its context is said to be the CPU. */
const BESIDE_CPU =
  /(?:^|[^a-z])(?:vrm?|vrd|vreg|dimm|mem(?:ory)?|inlet|intake|ambient|exhaust|margin|headroom|limit|target|rem|dts|tj ?max|tcontrol|vdd[a-z]*|vcc[a-z]*)(?:[^a-z]|$)/i;

export function isCpu({ quantity, context, name }: RedfishSensor): boolean {
  if (quantity !== "temperature" || BESIDE_CPU.test(name)) return false;
  return context === null ? CPU_NAME.test(name) : context === "CPU";
}
