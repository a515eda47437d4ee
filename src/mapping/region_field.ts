/** The region of a record: a constant, a column, or a prefix of a column or of the host's name. */
import type { Slot } from "../model/line_values.ts";
import type { Fields } from "../model/record.ts";
import { type ColumnReader, compileColumn } from "./column.ts";
import type { RegionRule } from "./declaration.ts";
import { NameCache, nameText, regionFault } from "./names.ts";
import type { Refusal } from "./refusal.ts";
import { preview } from "./text.ts";

interface CompiledRule {
  readonly constant: string | null;
  /** Null: the text is the host's name. */
  readonly read: ColumnReader | null;
  readonly column: string;
  /** Longest first; null: the text is the region. */
  readonly prefixes: readonly (readonly [string, string])[] | null;
  readonly fallback: string | null;
  /** Text → region, or null where no prefix fits. */
  readonly known: NameCache<string | null>;
}

export class RegionField {
  readonly #rules: readonly CompiledRule[];

  constructor(rules: readonly RegionRule[]) {
    this.#rules = rules.map(compile);
  }

  /** The region, or null where no rule gives a valid one. */
  read(fields: Fields, hostId: string): string | null {
    for (let i = 0; i < this.#rules.length; i++) {
      const rule = this.#rules[i]!;
      if (rule.constant !== null) return rule.constant;
      const value = rule.read === null ? hostId : rule.read(fields);
      if (!isBlank(value)) {
        const text = typeof value === "string" ? value : nameText(value);
        const region = text === null ? null : regionOf(rule, text);
        if (region !== null) return region;
        // A value that is there and wrong is not papered over by the next rule.
        if (rule.prefixes === null) return null;
      }
      if (rule.fallback !== null) return rule.fallback;
    }
    return null;
  }

  /** The only slots that a region can come from; the host's name counts in any case. */
  slotsIn(slots: readonly Slot[]): number[] {
    return this.#rules.flatMap(({ constant, read, column }) => {
      const slot = slots.findIndex(({ key }) => key === column);
      return constant === null && read !== null && slot >= 0 ? [slot] : [];
    });
  }

  refusal(fields: Fields, hostId: string): Refusal {
    const tried: string[] = [];
    for (const rule of this.#rules) {
      const value = rule.read === null ? hostId : rule.read(fields);
      if (isBlank(value)) continue;
      const text = nameText(value);
      const fault = rule.prefixes !== null
        ? "no declared prefix fits"
        : text === null
        ? "a region is a text or a number"
        : regionFault(text);
      const detail = `region: ${fault}, got ${preview(value)} in ${rule.column}`;
      if (rule.prefixes === null) return { code: "invalid_region", detail };
      tried.push(detail);
    }
    if (tried.length > 0) {
      return { code: "invalid_region", detail: `${tried.join("; ")}; declare it or a default` };
    }
    const columns = this.#rules.map((rule) => rule.column).join(", ");
    return {
      code: "missing_field",
      detail: `region: none of ${columns} is there and filled; declare a default, or a constant ` +
        `region = "…"`,
    };
  }
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null ||
    typeof value === "string" && !(value.charCodeAt(0) > 32) && value.trim() === "";
}

function compile(rule: RegionRule): CompiledRule {
  if ("path" in rule) throw new Error("path rules are settled before a mapping is compiled");
  const constant = "value" in rule ? rule.value : null;
  const column = "value" in rule ? null : rule.column;
  const prefixes = "value" in rule || rule.prefixes === null ? null : Object.entries(rule.prefixes)
    .sort(([a], [b]) => b.length - a.length);
  return {
    constant,
    read: column === null ? null : compileColumn(column),
    column: column ?? "host_id",
    prefixes,
    fallback: "value" in rule ? null : rule.fallback,
    known: new NameCache(),
  };
}

function regionOf(rule: CompiledRule, text: string): string | null {
  const known = rule.known.get(text);
  if (known !== undefined) return known;
  const trimmed = text.trim();
  const region = rule.prefixes === null
    ? regionFault(trimmed) === null ? trimmed : null
    : rule.prefixes.find(([prefix]) => trimmed.startsWith(prefix))?.[1] ?? null;
  return rule.known.set(text, region);
}
