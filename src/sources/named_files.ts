/** Whether patterns name a path, without a look at the disk: for paths that come from elsewhere. */
import { isAbsolute, resolve, sep } from "node:path";
import { splitGlob } from "./file_source.ts";

/** @param path Absolute; one that `listFiles` gives for the same patterns is named by them. */
export function isNamedBy(patterns: readonly string[], baseDir: string, path: string): boolean {
  return patterns.some((pattern) => {
    if (!/[*?{[]/.test(pattern)) return resolve(baseDir, pattern) === path;
    const { root, rest } = splitGlob(isAbsolute(pattern) ? pattern : resolve(baseDir, pattern));
    const [start, plain] = [withSlashes(root), withSlashes(path)];
    return plain.startsWith(start) && new Bun.Glob(rest).match(plain.slice(start.length));
  });
}

function withSlashes(path: string): string {
  return sep === "/" ? path : path.replaceAll(sep, "/");
}
