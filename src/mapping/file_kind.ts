/**
 * What a file is, where it can't be read as columns: said first, and in its own words, because what
 * is missing in its columns then is no help.
 */
import type { Fields, SourceItem } from "../model/record.ts";
import { AGENT_DECLARATIONS } from "./builtin_agents.ts";
import { compileWhen } from "./when.ts";

export interface FileKind {
  readonly problem: string;
  /** Nothing that its columns lack is worth telling beside it. */
  readonly isAll: boolean;
}

/** What is told of a file in which columns are missing: its kind first, where that is known. */
export function withKind(items: readonly SourceItem[], missing: readonly string[]): string[] {
  const kind = fileKind(items);
  if (kind === null) return [...missing];
  return [kind.problem, ...(kind.isAll ? [] : missing)];
}

/** Null: records of columns, as far as can be told. */
export function fileKind(items: readonly SourceItem[]): FileKind | null {
  const first = items[0];
  if (first === undefined) return { problem: "the file has no records", isAll: true };
  const record = items.find((item) => item.kind === "record");
  if (record === undefined) {
    const { offset, code, detail } = first as Exclude<SourceItem, { kind: "record" }>;
    const problem =
      `none of its ${items.length === 1 ? "records" : `first ${items.length} records`}` +
      ` can be read; the first one, at ${offset}: ${code}: ${detail}`;
    return { problem, isAll: true };
  }
  if (isRedfish(record.fields)) {
    const problem =
      "it is an answer of a BMC (Redfish), which has neither a time nor a host; have " +
      "the BMC asked: [[redfish]] in rackwatch.toml (docs/agents/redfish.md)";
    return { problem, isAll: true };
  }
  const agent = agentOf(record.fields);
  if (agent === null) return null;
  const problem =
    `its records are those of ${agent.name}, which are read as live lines: send them ` +
    "to --listen or POST /ingest (docs/agents/README.md); as a history file they need a declaration";
  return { problem, isAll: agent.isEnvelope };
}

function isRedfish(fields: Fields): boolean {
  return typeof fields["@odata.id"] === "string" || typeof fields["@odata.type"] === "string";
}

const NAMES: Readonly<Record<string, string>> = {
  telegraf: "Telegraf",
  collectd: "collectd",
  otlp: "OpenTelemetry",
  prometheus: "Prometheus' remote write",
  vector: "Vector",
  fluent_bit: "Fluent Bit",
  metricbeat: "Metricbeat",
};

function agentOf(fields: Fields): { readonly name: string; readonly isEnvelope: boolean } | null {
  // Many records in one: sources/record_envelopes.ts.
  const envelope = Array.isArray(fields["resourceMetrics"])
    ? "otlp"
    : Array.isArray(fields["metrics"])
    ? "telegraf"
    : Array.isArray(fields["samples"]) && fields["labels"] !== undefined
    ? "prometheus"
    : null;
  if (envelope !== null) return { name: NAMES[envelope]!, isEnvelope: true };
  const found = AGENT_DECLARATIONS.find(({ when }) => compileWhen(when)?.(fields));
  const name = found === undefined ? undefined : NAMES[found.name];
  return name === undefined ? null : { name, isEnvelope: false };
}
