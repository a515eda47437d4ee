/** Holds README and docs/ against the program: links, settings, commands, examples. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { Glob } from "bun";
import { parseAlertRules } from "../src/alerts/rules.ts";
import { parseCall } from "../src/cli.ts";
import { resolveConfig } from "../src/config.ts";
import { parseDeclarations } from "../src/mapping/declaration.ts";
import { compileMapping } from "../src/mapping/normaliser.ts";
import { withPathParts } from "../src/mapping/path_parts.ts";
import { readingToJson } from "../src/model/reading.ts";
import { DEAD_LETTER_CODES } from "../src/model/record.ts";
import { COMMANDS, SETTINGS } from "../src/settings.ts";
import { openFile } from "../src/sources/file_source.ts";
import { allTargets } from "../src/workers/speed/scrape/scrapers.ts";

const ROOT = resolve(import.meta.dir, "..");
const read = (path: string) => Bun.file(join(ROOT, path)).text();

const PAGES = (await Promise.all(
  ["*.md", "{docs,src,data}/**/*.md"].map((pattern) =>
    Array.fromAsync(new Glob(pattern).scan({ cwd: ROOT }))
  ),
)).flat().map((path) => path.replaceAll("\\", "/")).sort();
const TEXTS = new Map(
  await Promise.all(PAGES.map(async (page) => [page, await read(page)] as const)),
);
const README = TEXTS.get("README.md") ?? "";

interface Block {
  readonly page: string;
  readonly text: string;
}

/** The fenced code blocks of a language, in all pages or in one. */
function blocks(language: string, only?: string): Block[] {
  return [...TEXTS].filter(([page]) => only === undefined || page === only).flatMap(
    ([page, text]) =>
      [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))]
        .map((match) => ({ page, text: match[1]! })),
  );
}

/** Targets of links and images that are files of this repository. */
function targets(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)]
    .map((match) => (match[1] ?? match[2]!).replace(/#.*$/, ""))
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target));
}

/** The program's words in a line of shell, or null: `A=b bun run main.ts verify --json`. */
function programWords(line: string): string[] | null {
  const match = /^(?:[A-Z_]+=(?:\$\([^)]*\)|\S*) +)*bun run main\.ts(?: +(.*))?$/.exec(line);
  return match === null ? null : (match[1] ?? "").split(/ +/).filter((word) => word !== "");
}

describe("the documentation", () => {
  test("links to files that are there", () => {
    const broken = [...TEXTS].flatMap(([page, text]) =>
      targets(text)
        .filter((target) => !existsSync(resolve(ROOT, dirname(page), target)))
        .map((target) => `${page} → ${target}`)
    );
    expect(broken).toEqual([]);
  });

  test("names in README every setting with its flag and its environment twin", () => {
    const missing = SETTINGS.flatMap(({ flag, environment }) => [`\`--${flag}\``, environment])
      .filter((name) => !README.includes(name));
    expect(missing).toEqual([]);
  });

  test("names in README every command and every flag of its own", () => {
    const missing = COMMANDS.flatMap(({ name, positionals, flags }) => {
      const row = README.split("\n").find((line) =>
        line.startsWith(`| \`${[name, ...positionals].join(" ")}\``)
      ) ?? "";
      const own = flags.map(({ flag }) =>
        `--${flag}`
      ).filter((flag) => !row.includes(flag));
      return row === "" ? [name] : own.map((flag) => `${name} ${flag}`);
    });
    expect(missing).toEqual([]);
  });

  test("gives a first and a test command that set up everything, each in one line", () => {
    const setUp = "(command -v bun >/dev/null || npm install -g bun@1.4.5) && " +
      "bun install --frozen-lockfile && bun run";
    const lines = README.split("\n");
    expect(lines.find((line) => line.endsWith("bun run main.ts"))).toBe(`${setUp} main.ts`);
    // .ci/run takes the first line that ends so.
    expect(lines.find((line) => line.endsWith("bun run test"))).toBe(`${setUp} test`);
  });

  test("calls the program as it can be called", () => {
    const calls = blocks("sh").flatMap(({ page, text }) =>
      text.split("\n").flatMap((line) => {
        const words = programWords(line);
        return words === null ? [] : [{ page, words }];
      })
    );
    const wrong = calls.flatMap(({ page, words }) => {
      try {
        parseCall(words);
        return [];
      } catch (error) {
        return [`${page}: ${words.join(" ")}: ${(error as Error).message}`];
      }
    });
    expect(calls.length).toBeGreaterThan(5);
    expect(wrong).toEqual([]);
  });

  test("explains every reason for a dead letter that the program gives", async () => {
    const files = await Array.fromAsync(new Glob("{sources,mapping,store}/**/*.ts").scan({
      cwd: join(ROOT, "src"),
    }));
    const source = (await Promise.all(files.map((file) => read(`src/${file}`)))).join("\n");
    const text = `${TEXTS.get("docs/PROTOCOL.md")}${TEXTS.get("docs/SOURCES.md")}`;
    const given = DEAD_LETTER_CODES.filter((code) => source.includes(`"${code}"`));
    expect(given.length).toBeGreaterThan(10);
    expect(given.filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
  });

  test("shows configurations that are read as they stand", async () => {
    const directory = await mkdtemp(join(tmpdir(), "rackwatch-docs-"));
    try {
      const examples = blocks("toml");
      for (const { text } of examples) {
        const path = join(directory, "rackwatch.toml");
        await writeFile(path, text);
        const config = resolveConfig({ config: path }, {
          environment: {},
          directory,
          stdoutIsTerminal: false,
          stderrIsTerminal: false,
        });
        const parts = { host: "a1", region: "Spain", vm_region: "eastus" };
        for (const declaration of parseDeclarations(config.sources, path)) {
          compileMapping(withPathParts(declaration, parts));
        }
        parseAlertRules(config.alerts, path);
        allTargets(config, path);
      }
      expect(examples.length).toBeGreaterThan(4);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test("makes the promise in README and FORMAT.md, word for word", () => {
    const promise =
      "line that rackwatch has acknowledged or committed is in the archive, byte for " +
      "byte; every archived line is in the hot store or in the dead letters exactly once; the hot " +
      "store can be deleted at any time.";
    for (const page of ["README.md", "src/archive/FORMAT.md"]) {
      expect(TEXTS.get(page)!.replace(/\s+/g, " ")).toContain(promise);
    }
  });

  test("names tests that are there", () => {
    const named = [...TEXTS].flatMap(([page, text]) =>
      [...text.matchAll(/`(tests\/[\w./]+)`/g)].map(([, path]) => ({ page, path: path! }))
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ path }) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test("tells the truth about the length of the acknowledging client", async () => {
    const client = /^export async function sendAcknowledged[\s\S]*?^}$/m;
    const [text = ""] = client.exec(await read("tests/support/ack_client.ts")) ?? [];
    expect(text.split("\n")).toHaveLength(20);
    expect(TEXTS.get("docs/PROTOCOL.md")).toContain("A client in 20 lines is in");
  });

  test("reads README's fourth region as README says", async () => {
    const directory = await mkdtemp(join(tmpdir(), "rackwatch-docs-"));
    try {
      const [csv] = blocks("csv", "README.md");
      const [toml] = blocks("toml", "README.md");
      const [json] = blocks("json", "README.md");
      const path = join(directory, "rack-a.csv");
      await writeFile(path, csv!.text);
      const { source } = Bun.TOML.parse(toml!.text) as { source: unknown };
      const mapping = compileMapping(parseDeclarations(source, "README.md")[0]!);
      const items = (await Array.fromAsync((await openFile(path)).items())).flat();
      const readings = items.flatMap((item) => {
        const value = item.kind === "record" ? mapping.normalise(item, null) : item;
        return value.kind === "reading" ? [readingToJson(value.reading)] : [];
      });
      expect(readings).toHaveLength(csv!.text.trim().split("\n").length - 1);
      expect(readings[0]).toEqual(JSON.parse(json!.text));
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
