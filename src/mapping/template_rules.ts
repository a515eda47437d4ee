/**
 * When a mapping has a short way for lines of a shape, and what that is: where it takes more than the
 * values of one line's slots to tell, there is none.
 */
import type { Slot } from "../model/line_values.ts";
import type { Reading } from "../model/reading.ts";
import type { Fields } from "../model/record.ts";
import type { HostField } from "./host_field.ts";
import type { MetricField } from "./metric_field.ts";
import type { RegionField } from "./region_field.ts";
import { TemplateReader, type TemplateRules } from "./template_reader.ts";
import type { TimeField } from "./time_field.ts";

/** The fields of a compiled mapping. */
export interface MappingFields {
  readonly host: HostField;
  readonly region: RegionField;
  readonly time: TimeField;
  readonly temp_c: MetricField;
  readonly cpu_load: MetricField;
  readonly voltage: MetricField;
  readonly power_watts: MetricField;
}

export interface Shape {
  readonly slots: readonly Slot[];
  /** Of a line of it. */
  readonly fields: Fields;
}

export function templateReader(
  mapping: MappingFields,
  { slots, fields }: Shape,
  flagsOf: TemplateRules["flagsOf"],
): TemplateReader | null {
  const { host, region, time } = mapping;
  const hostSlot = host.slotIn(slots);
  const timeSlot = time.slotIn(slots);
  const [regionSlot = -1, ...others] = region.slotsIn(slots);
  if (hostSlot < 0 || timeSlot < 0 || others.length > 0) return null;
  if (regionSlot >= 0 && slots[regionSlot]!.kind !== "text") return null;
  const temp_c = mapping.temp_c.numberRule(slots, fields);
  const cpu_load = mapping.cpu_load.numberRule(slots, fields);
  const voltage = mapping.voltage.numberRule(slots, fields);
  const power_watts = mapping.power_watts.numberRule(slots, fields);
  if (temp_c === undefined || cpu_load === undefined) return null;
  if (voltage === undefined || power_watts === undefined) return null;
  if ((temp_c ?? cpu_load ?? voltage ?? power_watts) === null) return null;
  const timeColumn = slots[timeSlot]!.key;
  return new TemplateReader({
    ...{ hostSlot, regionSlot, timeSlot, temp_c, cpu_load, voltage, power_watts, flagsOf },
    hostOf: namesOf(mapping, slots[hostSlot]!.key, slots[regionSlot]?.key),
    timeOf: (text) => {
      const atMs = time.read({ [timeColumn]: text });
      return time.resolution === "exact" ? atMs : NaN;
    },
  });
}

function namesOf(
  { host, region }: MappingFields,
  hostColumn: string,
  regionColumn: string | undefined,
): TemplateRules["hostOf"] {
  return (hostText, regionText): Pick<Reading, "host_id" | "region"> | null => {
    // Another column, which is not asked here, may name it.
    if (hostText.trim() === "") return null;
    const fields: Record<string, string> = { [hostColumn]: hostText };
    if (regionColumn !== undefined && regionText !== null) fields[regionColumn] = regionText;
    const host_id = host.read(fields);
    const name = host_id === null ? null : region.read(fields, host_id);
    return host_id === null || name === null ? null : { host_id, region: name };
  };
}
