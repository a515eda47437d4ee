/**
 * Redfish's common properties, read from a resource whatever else it holds: links, states, numbers,
 * limits. What is of another kind than the schema says is as if it were not there.
 *
 * DMTF DSP0266, "Common properties" and "Links"; DSP2046 for `Status` and thresholds.
 */
import { type Fields, isObject } from "../model/record.ts";

/** As Redfish calls them, of both schemas. */
export const SENSOR_LIMITS = [
  "upper_caution",
  "upper_critical",
  "upper_fatal",
  "lower_caution",
  "lower_critical",
  "lower_fatal",
] as const;
export type SensorLimits = Readonly<Partial<Record<typeof SENSOR_LIMITS[number], number>>>;

const TEXT_CHARS_MAX = 128;
const ID_CHARS_MAX = 512;

/** States in which a number, where there is one all the same, measures nothing. */
const UNMEASURED: readonly string[] = ["Absent", "Disabled", "UnavailableOffline"];

export function readingOf(value: unknown, state: string | null): number | null {
  if (state !== null && UNMEASURED.includes(state)) return null;
  return numberOf(value);
}

export function numberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function stateOf(resource: Fields): string | null {
  const status = resource["Status"];
  return isObject(status) ? shortText(status["State"]) : null;
}

/** A link, whatever it leads to: `{"@odata.id": path}` under a key, or the resource's own. */
export function linkIn(resource: Fields, key?: string): string | null {
  const value = key === undefined ? resource : resource[key];
  const link = isObject(value) ? value["@odata.id"] : value;
  return typeof link === "string" && link !== "" ? link : null;
}

/** A path with or without a slash at its end is of the same resource. */
export function idOf(link: string): string;
export function idOf(link: string | null): string | null;
export function idOf(link: string | null): string | null {
  return link === null ? null : link.replace(/\/$/, "").slice(0, ID_CHARS_MAX);
}

/** The objects of a list; of anything else none. */
export function objectsIn(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function shortText(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== ""
    ? value.trim().slice(0, TEXT_CHARS_MAX)
    : null;
}

/** @param caution What the schema calls the first of the three levels. */
export function limitsOf(
  read: (side: "Upper" | "Lower", level: string) => unknown,
  caution: "Caution" | "NonCritical",
): SensorLimits {
  const levels = { caution, critical: "Critical", fatal: "Fatal" };
  return Object.fromEntries(
    (["Upper", "Lower"] as const).flatMap((side) =>
      Object.entries(levels).flatMap(([level, name]) => {
        const limit = numberOf(read(side, name));
        return limit === null ? [] : [[`${side.toLowerCase()}_${level}`, limit]];
      })
    ),
  );
}
