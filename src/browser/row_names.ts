/** Names that rows of a list keep while newer ones come in above them. Pure. */

/**
 * One for each of a list that has the newest first, none twice: what is called the same is told apart
 * by its count from the oldest, so that a newer one renames nothing.
 */
export function rowNames(newestFirst: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return newestFirst.toReversed().map((name) => {
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return `${name} ${count}`;
  }).reverse();
}
