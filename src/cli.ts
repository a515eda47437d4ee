/**
 * The command line: words → a command, its positionals and its flags, checked against the table in
 * `settings.ts`. Reads no environment and no files. A wrong call is a `UsageError` (exit 2) whose
 * one line says what is wrong and what would be right.
 */
import { type Command, type CommandName, COMMANDS, SETTINGS } from "./settings.ts";

export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Call {
  readonly command: CommandName;
  readonly positionals: readonly string[];
  /** Flags as given, by name without dashes: text, or true/false for switches. */
  readonly flags: Readonly<Record<string, string | boolean>>;
  readonly wants: "run" | "help" | "version";
}

/** @throws {UsageError} */
export function parseCall(words: readonly string[]): Call {
  if (words.includes("--version") || words.includes("-V")) return bare("version");
  const { command, rest } = findCommand(words);
  if (command.name === "help" || rest.includes("--help") || rest.includes("-h")) {
    return bare("help");
  }
  const known = flagKinds(command);
  const positionals: string[] = [];
  const flags: Record<string, string | boolean> = {};
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i]!;
    if (!word.startsWith("-") || word === "-") {
      positionals.push(word);
      continue;
    }
    const [, name = "", inline] = /^--([^=]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
    const kind = known.get(name);
    if (kind === "text") {
      const value = inline ?? rest[++i];
      if (value === undefined) throw new UsageError(`--${name} needs a value: --${name} VALUE`);
      flags[name] = value;
    } else if (kind === "switch") {
      if (inline !== undefined && !/^(true|false)$/.test(inline)) {
        throw new UsageError(`--${name} is on or off: --${name} or --no-${name}, got "${word}"`);
      }
      flags[name] = inline !== "false";
    } else if (name.startsWith("no-") && known.get(name.slice(3)) === "switch") {
      flags[name.slice(3)] = false;
    } else {
      throw new UsageError(
        `${command.name} has no flag ${word.split("=")[0]}${
          suggestion(`--${name}`, [...known.keys()].map((one) => `--${one}`))
        }`,
      );
    }
  }
  checkPositionals(command, positionals);
  return { command: command.name as CommandName, positionals, flags, wants: "run" };
}

function bare(wants: "help" | "version"): Call {
  return { command: "help", positionals: [], flags: {}, wants };
}

function findCommand(words: readonly string[]): { command: Command; rest: readonly string[] } {
  const first = words[0];
  if (first === undefined || first.startsWith("-")) return { command: COMMANDS[0], rest: words };
  const two = `${first} ${words[1] ?? ""}`;
  const command = (COMMANDS as readonly Command[]).find((one) =>
    one.name === first || one.name === two
  );
  if (command !== undefined) {
    return { command, rest: words.slice(command.name.split(" ").length) };
  }
  const parts = COMMANDS.filter((one) => one.name.startsWith(`${first} `));
  if (parts.length > 0) {
    throw new UsageError(`${first} what? Say ${parts.map((one) => one.name).join(" or ")}`);
  }
  const names = COMMANDS.map((one) => one.name);
  throw new UsageError(
    `There is no command "${first}"${suggestion(first, names)}; commands are ${names.join(", ")}`,
  );
}

function flagKinds(command: Command): Map<string, "text" | "switch"> {
  return new Map([...SETTINGS, ...command.flags].map((one) => [one.flag, one.kind]));
}

function checkPositionals(command: Command, given: readonly string[]): void {
  const wanted = command.positionals;
  const shape = ["rackwatch", command.name, ...wanted].join(" ");
  if (given.length > wanted.length) {
    throw new UsageError(`"${given[wanted.length]}" is one word too many: the call is ${shape}`);
  }
  if (given.length < wanted.length) {
    throw new UsageError(`${command.name} needs ${wanted[given.length]}: the call is ${shape}`);
  }
}

/** `; did you mean --x?` for the nearest known name within two edits, else nothing. */
export function suggestion(name: string, known: readonly string[]): string {
  let best: string | null = null;
  let bestDistance = 3;
  for (const one of known) {
    const distance = editDistance(name, one);
    if (distance < bestDistance) [best, bestDistance] = [one, distance];
  }
  return best === null ? "" : `; did you mean ${best}?`;
}

/** Levenshtein distance, capped work: names here are short. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(
        next[j - 1]! + 1,
        row[j]! + 1,
        row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
    }
    row = next;
  }
  return row[b.length]!;
}

/** The help page: fits a screen of 80 columns. */
export function helpPage(version: string): string {
  // Whoever reads it has found it.
  const others = (COMMANDS as readonly Command[]).filter((one) =>
    one.name !== "help" && one.help !== ""
  );
  const commands = others.map((one) => {
    const name = [one.name, ...one.positionals].join(" ");
    return `  ${name.padEnd(18)}${one.help}`;
  });
  const commandFlags = new Map<string, string>();
  for (const command of COMMANDS as readonly Command[]) {
    const named: string[] = [];
    for (const flag of command.flags) {
      const shown = `--${flag.flag}${flag.value === "" ? "" : ` ${flag.value}`}`;
      if (flag.help === "") named.push(shown);
      else commandFlags.set(flag.flag, `  ${shown}`.padEnd(20) + flag.help);
    }
    if (named.length > 0) commandFlags.set("", `  ${command.name} also: ${named.join(" ")}`);
  }
  const settings = SETTINGS.map((one) => {
    const shown = one.kind === "switch" ? `--[no-]${one.flag}` : `--${one.flag} ${one.value}`;
    return `  ${shown.padEnd(26)}${one.environment.padEnd(23)}${one.shownDefault}`;
  });
  return [
    `rackwatch ${version}: live, replayable, audited server telemetry in one process`,
    "",
    "rackwatch [COMMAND] [FLAGS]      without a command: up",
    ...commands,
    "",
    "Settings (flag, environment, default; rackwatch.toml takes the same names):",
    ...settings,
    "",
    "Flags of single commands:",
    ...commandFlags.values(),
    "",
    "Exit: 0 done, 1 failed or differs, 2 wrong call. Logs go to stderr.",
  ].join("\n");
}
