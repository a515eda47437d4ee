/** Completes what says when, who and where: timestamp, host and region. */
import { nameWords } from "./column_names.ts";
import { formatChoices, hostChoices } from "./choices.ts";
import type { HostRule, RegionRule, SourceDeclaration, TimeRule } from "./declaration.ts";
import { declared, type Work } from "./inference_work.ts";
import { inferHost, inferHostPart } from "./infer_host.ts";
import { fittingFormats, inferTime } from "./infer_time.ts";
import type { SampleColumn } from "./sample.ts";

export function completeTime(partial: SourceDeclaration, work: Work): readonly TimeRule[] | null {
  const guess = inferTime(work.free(), partial.timezone);
  if (!("rule" in guess)) {
    work.problems.push(`timestamp: ${guess.why}; declare timestamp = { column = …, format = … }`);
    work.choices.push(...formatChoices(guess.column ?? "column", guess.formats ?? ["iso"]));
    return null;
  }
  const { rule, certain, why } = guess;
  work.taken.add(rule.column);
  work.fields.push({
    field: "timestamp",
    from: rule.column,
    unit: rule.format,
    confidence: certain ? "certain" : "likely",
    why,
  });
  return [rule];
}

/** A declared column without a format, in a form that `auto` can't read, gets the one that fits. */
export function settleFormats(
  rules: readonly TimeRule[],
  columns: readonly SampleColumn[],
  work: Work,
): readonly TimeRule[] {
  return rules.map((rule) => {
    const values = columns.find((column) => column.name === rule.column)?.values ?? [];
    const formats = rule.format === "auto" && values.length > 0 ? fittingFormats(values) : [];
    const pattern = formats.find((format) => /^[YMD]/.test(format));
    if (pattern === undefined) {
      declared(work, "timestamp", [rule.column], rule.format);
      return rule;
    }
    if (formats.length > 1) {
      work.problems.push(`timestamp: ${rule.column} could be ${formats.join(" or ")}; declare it`);
      work.choices.push(...formatChoices(rule.column, formats));
      return rule;
    }
    const why = "declared; the format is that of its values";
    work.fields.push({
      field: "timestamp",
      from: rule.column,
      unit: pattern,
      confidence: "certain",
      why,
    });
    return { ...rule, format: pattern };
  });
}

export function completeHost(work: Work): SourceDeclaration["hostId"] {
  const column = inferHost(work.free());
  const part = column === null ? inferHostPart(work.parts) : null;
  if (part !== null) {
    const why = "no column has a host's name, this part of the path has";
    work.fields.push({ field: "host_id", from: `{${part}}`, unit: "", confidence: "likely", why });
    return [{ path: part }];
  }
  if (column === null) {
    work.problems.push(
      `host_id: no column has a host's name (host, hostname, server, instance, node, …); declare ` +
        `host_id = "column", or host_id = { value = "name" } for a file of one host`,
    );
    work.choices.push(...hostChoices(work.free(), work.parts));
    return null;
  }
  work.taken.add(column.name);
  work.fields.push({
    field: "host_id",
    from: column.name,
    unit: "",
    confidence: "certain",
    why: "by its name",
  });
  return [{ column: column.name }];
}

export function completeRegion(
  partial: SourceDeclaration,
  work: Work,
): SourceDeclaration["region"] {
  const column = work.free().find(({ name }) => name.toLowerCase() === "region");
  const part = work.parts.find((name) => nameWords(name).includes("region"));
  if (column === undefined && part !== undefined) {
    const why = "by the name of this part of the path";
    work.fields.push({ field: "region", from: `{${part}}`, unit: "", confidence: "likely", why });
    return [{ path: part, prefixes: null, fallback: null }];
  }
  work.fields.push({
    field: "region",
    from: column?.name ?? JSON.stringify(partial.name),
    unit: "",
    confidence: column === undefined ? "likely" : "certain",
    why: column === undefined ? "none is declared: the source's name" : "by its name",
  });
  if (column === undefined) return [{ value: partial.name }];
  work.taken.add(column.name);
  return [{ column: column.name, prefixes: null, fallback: partial.name }];
}

export function fromOf(rule: HostRule | RegionRule): string {
  if ("path" in rule) return `{${rule.path}}`;
  return "value" in rule ? JSON.stringify(rule.value) : rule.column ?? "host_id";
}
