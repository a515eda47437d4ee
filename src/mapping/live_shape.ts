/**
 * The columns of one live record: its own keys, and the paths within them that its mapping reads,
 * each with the kind of its JSON value (a text that holds a number is a text). What else lies within
 * a key is not looked at: tags and fields of agents are as many as there are plugins.
 */
import { LIMITS } from "../limits.ts";
import type { Fields } from "../model/record.ts";
import type { SchemaColumn } from "../model/schema.ts";
import { type ColumnReader, compileColumn, topLevelKey } from "./column.ts";
import type { FieldDescription } from "./description.ts";
import type { Mapping } from "./normaliser.ts";
import { fieldsByColumn, readAs, storableName, type ValueKind } from "./schema.ts";

export interface SeenColumn extends Pick<SchemaColumn, "name" | "mappedTo" | "unit"> {
  /** Null: of no kind, as there was no value. */
  readonly kind: ValueKind | null;
}

export class ShapeReader {
  readonly #fieldOf: ReadonlyMap<string, FieldDescription>;
  readonly #paths: readonly { readonly name: string; readonly read: ColumnReader }[];
  /** The last of each name: mostly the next one too. */
  readonly #known = new Map<string, SeenColumn>();

  constructor(mapping: Pick<Mapping, "declaration" | "describe">) {
    this.#fieldOf = fieldsByColumn(mapping);
    this.#paths = [...this.#fieldOf.keys()].filter((name) => topLevelKey(name) !== name)
      .map((name) => ({ name, read: compileColumn(name) }));
  }

  /** Of a record with very many keys, those that are read and the first so many others. */
  columns(fields: Fields): SeenColumn[] {
    const found: SeenColumn[] = [];
    for (const { name, read } of this.#paths) {
      if (Object.hasOwn(fields, name)) continue;
      const value = read(fields);
      if (value !== undefined) found.push(this.#column(name, value));
    }
    for (const name of Object.keys(fields)) {
      if (found.length >= LIMITS.schemaColumnsMax && !this.#fieldOf.has(name)) continue;
      found.push(this.#column(name, fields[name]));
    }
    return found;
  }

  #column(name: string, value: unknown): SeenColumn {
    const kind = kindOf(value);
    const known = this.#known.get(name);
    if (known?.kind === kind) return known;
    const column = { name: storableName(name), kind, ...readAs(this.#fieldOf.get(name)) };
    if (this.#known.size >= LIMITS.schemaColumnsMax) this.#known.clear();
    this.#known.set(name, column);
    return column;
  }
}

function kindOf(value: unknown): ValueKind | null {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return "boolean";
  return typeof value === "object" ? "object" : "number";
}
