/**
 * What is let go, by name: so that nobody wonders where a sensor is. Inlet, ambient, exhaust, board
 * and disk temperatures are the usual ones, and each is named by its sensor as well. Owns at most
 * `ignoredNamesMax` names; records of further ones are counted together, as "other".
 */
import { LIMITS } from "../../limits.ts";
import { type Fields, isObject } from "../../model/record.ts";

const OTHER = "other";

export class IgnoredNames {
  readonly #counts = new Map<string, number>();

  count(fields: Fields): void {
    const name = nameOf(fields);
    const isKnown = this.#counts.has(name) || this.#counts.size < LIMITS.ignoredNamesMax;
    const key = isKnown ? name : OTHER;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** Most frequent first. */
  get counts(): readonly { readonly name: string; readonly records: number }[] {
    return [...this.#counts].map(([name, records]) => ({ name, records }))
      .sort((a, b) => b.records - a.records);
  }
}

/** Metric and, of a temperature, sensor, in the agent's words. */
export function nameOf(fields: Fields): string {
  const { labels, tags } = fields;
  if (isObject(labels)) {
    const { __name__: name, chip, sensor, name: label } = labels;
    return words(name, ofTemperature(name, label ?? [chip, sensor]));
  }
  if (fields["protocol"] === "otlp") {
    const sensor = fields["attributes.hw.sensor_location"] ?? fields["attributes.hw.name"] ??
      fields["attributes.hw.id"];
    return words(fields["name"], ofTemperature(fields["name"], sensor));
  }
  if (typeof fields["plugin"] === "string") {
    const { plugin, type, plugin_instance: instance, type_instance: sensor } = fields;
    return words(plugin, type, ofTemperature(type, [instance, sensor]));
  }
  if (isObject(tags)) {
    const sensor = tags["name"] ?? tags["sensor"] ?? tags["component"] ??
      [tags["chip"], tags["feature"]];
    const { name } = fields;
    const isSensor = typeof name === "string" && /temp|sensor/.test(name);
    return words(name, isSensor ? sensor : undefined);
  }
  const set = fields["metricset"];
  return words(fields["metricset.name"] ?? (isObject(set) ? set["name"] : undefined));
}

function ofTemperature(name: unknown, sensor: unknown): unknown {
  return typeof name === "string" && name.includes("temp") ? sensor : undefined;
}

function words(...parts: readonly unknown[]): string {
  const text = parts.flat().filter((part) => typeof part === "string" && part !== "").join(" ");
  return text === "" ? "unnamed" : text.slice(0, LIMITS.ignoredNameCharsMax);
}
