/** The mapping that reads a history file: as declared, completed from the file's first records. */
import type { SourceDeclaration } from "../../mapping/declaration.ts";
import { DeclarationError } from "../../mapping/declaration_check.ts";
import { withKind } from "../../mapping/file_kind.ts";
import { infer, type Inference } from "../../mapping/inference.ts";
import { compileMapping, type Mapping } from "../../mapping/normaliser.ts";
import { type PathParts, withPathParts } from "../../mapping/path_parts.ts";
import type { RawRecord, SourceItem } from "../../model/record.ts";
import type { FileSource } from "../../sources/file_source.ts";

/** Records that inference looks at, where a declaration leaves fields out. */
const SAMPLE_RECORDS_MAX = 200;

/**
 * @param items The first list that the file gives.
 * @param parts What the file's path says (`mapping/path_parts.ts`).
 * @throws {DeclarationError} where something can't be told.
 */
export function mappingOfFile(
  declaration: SourceDeclaration,
  source: Pick<FileSource, "columns">,
  items: readonly SourceItem[],
  parts: PathParts,
): Mapping {
  const inference = inferFile(declaration, source.columns, items, parts);
  if (inference.problems.length > 0) {
    const reasons = withKind(items, inference.problems).join("; ");
    throw new DeclarationError(`Cannot tell how to read it: ${reasons}; see rackwatch inspect`);
  }
  return compileMapping(withPathParts(inference.declaration, parts));
}

/** @param columns Null: those of the items. */
export function inferFile(
  declaration: SourceDeclaration,
  columns: readonly string[] | null,
  items: readonly SourceItem[],
  parts: PathParts,
): Inference {
  const sample = items
    .filter((item): item is RawRecord => item.kind === "record")
    .slice(0, SAMPLE_RECORDS_MAX)
    .map((record) => record.fields);
  const names = columns ?? [...new Set(sample.flatMap((fields) => Object.keys(fields)))];
  return infer(names, sample, declaration, parts);
}
