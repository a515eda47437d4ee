/** Opens a history file as its source declares it. */
import type { SourceDeclaration } from "../../mapping/declaration.ts";
import { type FileSystem, REAL_FILES } from "../../runtime/files.ts";
import { type FileSource, openFile } from "../../sources/file_source.ts";

/**
 * @param columns Of a Parquet file only these are read; all unless given.
 * @throws {DamagedFileError} where the file can't be trusted.
 */
export function openSource(
  path: string,
  declaration: SourceDeclaration,
  files: FileSystem = REAL_FILES,
  columns?: readonly string[],
): Promise<FileSource> {
  const { header, delimiter, encoding, quote } = declaration.csv;
  return openFile(path, {
    files,
    format: declaration.format ?? "auto",
    ...(columns === undefined ? {} : { parquet: { columns } }),
    csv: {
      encoding: encoding === "latin1" ? "latin-1" : encoding,
      ...(header === null ? {} : { header }),
      ...(delimiter === null ? {} : { delimiter }),
      ...(quote === undefined ? {} : { quote }),
    },
  });
}
