/** The history sources of this process, and the files that they name now. */
import { relative, resolve, sep } from "node:path";
import { BUILTIN_SOURCES } from "../../mapping/builtin.ts";
import { parseDeclarations, type SourceDeclaration } from "../../mapping/declaration.ts";
import { globOf, type PathParts, pathParts } from "../../mapping/path_parts.ts";
import { type FileSystem, REAL_FILES } from "../../runtime/files.ts";
import { listFiles } from "../../sources/file_source.ts";

export interface HistoryFile {
  readonly declaration: SourceDeclaration;
  readonly path: string;
  /** As shown and stored: relative to the data directory where it lies in it. */
  readonly shownPath: string;
  /** What its path says of host and region. */
  readonly parts: PathParts;
}

/** Declared ones, and in the demo the built-in ones. @throws {DeclarationError} */
export function historySources(
  tables: readonly unknown[],
  where: string,
  demo: boolean,
): SourceDeclaration[] {
  const declared = parseDeclarations(tables, where);
  const names = new Set(declared.map((one) => one.name));
  const builtin = demo ? BUILTIN_SOURCES.filter((one) => !names.has(one.name)) : [];
  return [...builtin, ...declared].filter((one) => one.paths.length > 0);
}

/** Every file of every source, in a stable order; a file that two sources name is the first's. */
export async function findHistoryFiles(
  sources: readonly SourceDeclaration[],
  dataDir: string,
  files: FileSystem = REAL_FILES,
): Promise<HistoryFile[]> {
  const seen = new Set<string>();
  const found: HistoryFile[] = [];
  for (const declaration of sources) {
    for (const path of await listFiles(declaration.paths.map(globOf), dataDir, files)) {
      const full = resolve(dataDir, path);
      if (seen.has(full)) continue;
      seen.add(full);
      const parts = pathParts(full, declaration.paths, dataDir);
      found.push({ declaration, path: full, shownPath: shown(full, dataDir), parts });
    }
  }
  return found;
}

function shown(path: string, dataDir: string): string {
  const inside = relative(dataDir, path);
  return inside.startsWith("..") ? path : inside.split(sep).join("/");
}
