/**
 * Prometheus' text format, version 0.0.4: how a value, a label and a help text are written.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */

export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** Families without samples are left out: a metric that isn't measured is absent, not 0. */
export function encodeFamilies(families: readonly Family[]): string {
  return families.filter((family) => family.samples.length > 0).map(encodeFamily).join("");
}

function encodeFamily(family: Family): string {
  const help = family.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  const head = `# HELP ${family.name} ${help}\n# TYPE ${family.name} ${family.type}\n`;
  return head + family.samples.map((sample) => encodeSample(family.name, sample)).join("");
}

function encodeSample(name: string, sample: Sample): string {
  const labels = Object.entries(sample.labels ?? {})
    .map(([label, value]) => `${label}="${escapeLabel(value)}"`)
    .join(",");
  return `${name}${labels === "" ? "" : `{${labels}}`} ${encodeValue(sample.value)}\n`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function encodeValue(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return String(value);
}
