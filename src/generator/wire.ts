/**
 * The live line, in the wire format of the system this one is compatible with: Python's spacing,
 * whole-number `temp_c` and `cpu_load`, `0.0` for what a region does not measure, UTC without a
 * zone.
 */
import type { Host, Measurement } from "./host_model.ts";
import { pythonFloat } from "./numerals.ts";
import type { RegionProfile } from "./profiles.ts";

/** @param timestamp `YYYY-MM-DD HH:MM:SS`, UTC. @returns The line with its LF. */
export function wireLine(
  profile: RegionProfile,
  host: Host,
  timestamp: string,
  measured: Readonly<Measurement>,
): string {
  return `{"host_id": ${JSON.stringify(host.name)}, "timestamp": "${timestamp}"` +
    `, "temp_c": ${Math.round(measured.tempC)}, "cpu_load": ${Math.round(measured.cpuLoad)}` +
    `, "voltage": ${profile.measuresVoltage ? pythonFloat(measured.voltage, 2) : "0.0"}` +
    `, "power_watts": ${profile.measuresPower ? pythonFloat(measured.powerWatts, 1) : "0.0"}}\n`;
}
