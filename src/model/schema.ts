/**
 * The columns of a source as they were found, and what differs between two findings of them. Owns
 * the vocabulary and the comparison; stores nothing, and does not judge whether a change is safe.
 */

export interface SchemaColumn {
  readonly name: string;
  readonly type: string;
  /** The field of a reading that is read from it; null: none. */
  readonly mappedTo: string | null;
  readonly unit: string | null;
}

/** The type of a column of which no value was seen: no type differs from it. */
export const UNTOLD_TYPE = "unknown";

export interface SchemaVersion {
  readonly source: string;
  /** From 1. */
  readonly version: number;
  readonly firstSeenMs: number;
  /** A history file's path, or a live run. */
  readonly from: string;
  readonly columns: readonly SchemaColumn[];
}

export type SchemaChange =
  | { readonly kind: "added" | "gone"; readonly column: SchemaColumn }
  | {
    readonly kind: "renamed" | "type_changed" | "unit_changed" | "mapping_changed";
    readonly before: SchemaColumn;
    readonly after: SchemaColumn;
  };

/**
 * The order of columns means nothing. Renamed: of the columns gone and added, one each is mapped to
 * the same field; where several are, they are gone and added. Whatever else changed of a column
 * that stayed, or was renamed, is a change of its own.
 */
export function schemaChanges(
  before: readonly SchemaColumn[],
  after: readonly SchemaColumn[],
): SchemaChange[] {
  const old = new Map(before.map((column) => [column.name, column]));
  const names = new Set(after.map(({ name }) => name));
  const gone = before.filter(({ name }) => !names.has(name));
  const added = after.filter(({ name }) => !old.has(name));
  const renamed = gone.flatMap((column) => {
    const successor = successorOf(column, gone, added);
    return successor === null ? [] : [{ before: column, after: successor }];
  });
  const stayed = after.flatMap((column) => {
    const known = old.get(column.name);
    return known === undefined ? [] : [{ before: known, after: column }];
  });
  const replaced = new Set(renamed.flatMap((pair) => [pair.before, pair.after]));
  return [
    ...gone.filter((each) => !replaced.has(each)).map((
      column,
    ) => ({ kind: "gone", column } as const)),
    ...added.filter((each) => !replaced.has(each)).map((
      column,
    ) => ({ kind: "added", column } as const)),
    ...renamed.map((pair) => ({ kind: "renamed", ...pair } as const)),
    ...[...stayed, ...renamed].flatMap(changesWithin),
  ];
}

function successorOf(
  column: SchemaColumn,
  gone: readonly SchemaColumn[],
  added: readonly SchemaColumn[],
): SchemaColumn | null {
  if (column.mappedTo === null) return null;
  const isSameField = (other: SchemaColumn) => other.mappedTo === column.mappedTo;
  const successors = added.filter(isSameField);
  if (successors.length !== 1 || gone.filter(isSameField).length !== 1) return null;
  return successors[0]!;
}

function changesWithin(
  pair: { readonly before: SchemaColumn; readonly after: SchemaColumn },
): SchemaChange[] {
  const { before, after } = pair;
  const isOtherUnit = before.mappedTo !== null && before.mappedTo === after.mappedTo &&
    before.unit !== after.unit;
  const isOtherType = before.type !== after.type && before.type !== UNTOLD_TYPE &&
    after.type !== UNTOLD_TYPE;
  return [
    ...(before.mappedTo === after.mappedTo ? [] : [{ kind: "mapping_changed", ...pair } as const]),
    ...(!isOtherType ? [] : [{ kind: "type_changed", ...pair } as const]),
    ...(isOtherUnit ? [{ kind: "unit_changed", ...pair } as const] : []),
  ];
}
