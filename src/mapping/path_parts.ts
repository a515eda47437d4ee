/**
 * What a file's own path says: its directories of the form `key=value` (as Hive and Spark lay out
 * partitions), and the names in braces of the source's pattern (`logs/{region}/{host}/*.csv`). A
 * rule `{ path = "host" }` takes one of them, and is a constant for the whole file from then on.
 */
import { isAbsolute, posix, relative, sep } from "node:path";
import type { HostRule, RegionRule, SourceDeclaration } from "./declaration.ts";
import { DeclarationError } from "./declaration_check.ts";
import { hostIdFault, regionFault } from "./names.ts";
import { preview } from "./text.ts";

export type PathParts = Readonly<Record<string, string>>;

/** A group without a comma is no alternative in a glob, so it can be a name. */
const NAME = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** What Hive and Spark call the directory of rows without a value. */
const NO_VALUE = "__HIVE_DEFAULT_PARTITION__";

/** The pattern as a glob: `logs/{host}/*.csv` → `logs/*` + `/*.csv`. */
export function globOf(pattern: string): string {
  return pattern.replace(NAME, "*");
}

/** A path as the pattern that names it alone, whatever characters are in it. */
export function plainPattern(path: string): string {
  return path.replace(/[*?{[]/g, "[$&]");
}

/**
 * The parts of a file's path; a name in braces goes before a directory's key, a lower directory
 * before a higher one. Values are percent-decoded in directories `key=value`, as Hive encodes them.
 */
export function pathParts(
  path: string,
  patterns: readonly string[],
  dataDir: string,
): PathParts {
  const inside = slashed(relative(dataDir, path));
  const full = slashed(path);
  const parts: Record<string, string> = {};
  const shown = inside.startsWith("..") ? full : inside;
  for (const directory of shown.split("/").slice(0, -1)) {
    const at = directory.indexOf("=");
    const value = directory.slice(at + 1);
    if (at > 0 && value !== "" && value !== NO_VALUE) {
      parts[directory.slice(0, at)] = decoded(value);
    }
  }
  for (const pattern of patterns) {
    const tested = isAbsolute(pattern) ? full : inside;
    const groups = patternExpression(posix.normalize(slashed(pattern))).exec(tested)?.groups;
    if (groups !== undefined) return { ...parts, ...groups };
  }
  return parts;
}

/**
 * The declaration with its path rules settled for one file: each is a constant, or gone where the
 * path has no such part and another rule may have an answer.
 *
 * @throws {DeclarationError} where nothing is left to say a host or region, or a part can be none.
 */
export function withPathParts(declaration: SourceDeclaration, parts: PathParts): SourceDeclaration {
  const { hostId, region } = declaration;
  const isPath = (rule: HostRule | RegionRule) => "path" in rule;
  if (!hostId?.some(isPath) && !region?.some(isPath)) return declaration;
  return {
    ...declaration,
    hostId: settled("host_id", hostId, parts, (rule) => {
      if (!("path" in rule)) return rule;
      const value = parts[rule.path];
      return value === undefined ? null : { value: checked("host_id", rule.path, value) };
    }),
    region: settled("region", region, parts, (rule) => {
      if (!("path" in rule)) return rule;
      const value = regionOf(rule, parts[rule.path]);
      return value === null ? null : { value: checked("region", rule.path, value) };
    }),
  };
}

function settled<R extends HostRule | RegionRule>(
  field: string,
  rules: readonly R[] | null,
  parts: PathParts,
  settle: (rule: R) => R | null,
): readonly R[] | null {
  if (rules === null) return null;
  const left = rules.map(settle).filter((rule) => rule !== null);
  if (left.length > 0) return left;
  const wanted = rules.flatMap((rule) => "path" in rule ? [rule.path] : []).join(", ");
  const found = Object.entries(parts).map(([name, value]) => `${name} = ${preview(value)}`);
  throw new DeclarationError(
    `${field}: the file's path has no part ${wanted}; its parts are ` +
      `${found.join(", ") || "none"}; name one in the source's path, like ` +
      `path = "logs/{${rules.flatMap((rule) => "path" in rule ? [rule.path] : [])[0]}}/*.csv"`,
  );
}

/** As a rule with prefixes or a default would read a column; null: the next rule is asked. */
function regionOf(
  { prefixes, fallback }: Extract<RegionRule, { readonly path: string }>,
  value: string | undefined,
): string | null {
  if (value === undefined) return fallback;
  if (prefixes === null) return value;
  const [best] = Object.entries(prefixes)
    .filter(([prefix]) => value.startsWith(prefix))
    .sort(([a], [b]) => b.length - a.length);
  return best?.[1] ?? fallback;
}

function checked(field: "host_id" | "region", part: string, value: string): string {
  const text = value.trim();
  const fault = field === "host_id" ? hostIdFault(text) : regionFault(text);
  if (fault === null) return text;
  throw new DeclarationError(
    `${field}: ${fault}, got ${preview(value)} in the path's part ${part}`,
  );
}

/** The glob as an expression whose groups are the names; the second one of a name must be alike. */
function patternExpression(pattern: string): RegExp {
  const seen = new Set<string>();
  const tokens = /\\.|\*\*\/|\*\*|\*|\?|\[[^\]]*\]|\{([^{}]*)\}|[\s\S]/g;
  const text = pattern.replace(tokens, (token, group: string | undefined) => {
    if (token === "**/") return "(?:.*/)?";
    if (token === "**") return ".*";
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    if (group !== undefined) return groupExpression(group, seen);
    if (token.length > 2 && token.startsWith("[")) return characterClass(token);
    return escaped(token.startsWith("\\") ? token.slice(1) : token);
  });
  return new RegExp(`^${text}$`, "s");
}

function groupExpression(group: string, seen: Set<string>): string {
  if (new RegExp(`^${NAME.source}$`).test(`{${group}}`)) {
    if (seen.has(group)) return `\\k<${group}>`;
    seen.add(group);
    return `(?<${group}>[^/]+?)`;
  }
  const alternatives = group.split(",").map((one) => escaped(one).replaceAll("\\*", "[^/]*"));
  return `(?:${alternatives.join("|")})`;
}

function characterClass(token: string): string {
  const inner = token.slice(1, -1).replace(/^!/, "^").replace(/\\/g, "\\\\");
  return `[${inner}]`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function slashed(path: string): string {
  return sep === "/" ? path : path.split(sep).join("/");
}
