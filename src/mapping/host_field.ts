/** The host of a record: the first of its declared columns that is there, checked and trimmed. */
import type { Slot } from "../model/line_values.ts";
import type { Fields } from "../model/record.ts";
import { type ColumnReader, compileColumn } from "./column.ts";
import type { HostRule } from "./declaration.ts";
import { hostIdFault, NameCache, nameText } from "./names.ts";
import type { Refusal } from "./refusal.ts";
import { preview } from "./text.ts";

export class HostField {
  readonly #columns: readonly string[];
  readonly #readers: readonly ColumnReader[];
  readonly #constant: string | null;
  readonly #known = new NameCache<string>();

  constructor(rules: readonly HostRule[]) {
    const columns: string[] = [];
    let constant: string | null = null;
    for (const rule of rules) {
      if ("column" in rule) columns.push(rule.column);
      else if ("value" in rule) constant ??= rule.value;
      else throw new Error("path rules are settled before a mapping is compiled");
    }
    this.#columns = columns;
    this.#readers = columns.map(compileColumn);
    this.#constant = constant;
  }

  /** The host's name, or null where the record has none that is valid. */
  read(fields: Fields): string | null {
    const value = this.#value(fields);
    if (value === undefined) return this.#constant;
    if (typeof value === "string") {
      const known = this.#known.get(value);
      if (known !== undefined) return known;
    }
    const name = nameText(value);
    if (name === null || hostIdFault(name) !== null) return null;
    return typeof value === "string" ? this.#known.set(value, name) : name;
  }

  /** The slot that holds the host's name; -1 where the slots do not tell. */
  slotIn(slots: readonly Slot[]): number {
    for (const column of this.#columns) {
      const slot = slots.findIndex(({ key }) => key === column);
      if (slot >= 0) return slots[slot]!.kind === "text" ? slot : -1;
    }
    return -1;
  }

  refusal(fields: Fields): Refusal {
    const columns = this.#columns.join(", ");
    const value = this.#value(fields);
    if (value === undefined) {
      return {
        code: "missing_field",
        detail: `host_id: none of the columns ${columns} is there and filled; ` +
          `name the right column, or a constant: host_id = { value = "…" }`,
      };
    }
    const name = nameText(value);
    const fault = name === null ? "a host_id is a text or a number" : hostIdFault(name);
    return {
      code: "invalid_host_id",
      detail: `host_id: ${fault}, got ${preview(value)} in ${columns}`,
    };
  }

  /** The first value that is neither absent nor blank. */
  #value(fields: Fields): unknown {
    for (let i = 0; i < this.#readers.length; i++) {
      const value = this.#readers[i]!(fields);
      if (value === undefined || value === null) continue;
      if (typeof value !== "string" || value.charCodeAt(0) > 32 || value.trim() !== "") {
        return value;
      }
    }
    return undefined;
  }
}
