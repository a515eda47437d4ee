import { describe, expect, test } from "bun:test";
import { helpPage, parseCall, UsageError } from "../src/cli.ts";

const wrong = (words: string[]) => {
  try {
    parseCall(words);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  return "accepted";
};

describe("the command line", () => {
  test("without a word is up", () => {
    expect(parseCall([]).command).toBe("up");
    expect(parseCall(["--no-demo"]).command).toBe("up");
  });

  test("finds commands of two words", () => {
    const call = parseCall(["generate", "history", "--rows", "5"]);
    expect([call.command, call.flags["rows"]]).toEqual(["generate history", "5"]);
  });

  test("takes values after a space and after an equals sign", () => {
    expect(parseCall(["--http=127.0.0.1:0"]).flags).toEqual({ http: "127.0.0.1:0" });
    expect(parseCall(["--http", "127.0.0.1:0"]).flags).toEqual({ http: "127.0.0.1:0" });
  });

  test("switches are on, off with no-, and take no value", () => {
    expect(parseCall(["--demo", "--no-open"]).flags).toEqual({ demo: true, open: false });
    expect(wrong(["--demo=maybe"])).toContain("--demo or --no-demo");
  });

  test("an unknown flag is refused with the nearest known one", () => {
    expect(wrong(["--htpp", "x"])).toBe("up has no flag --htpp; did you mean --http?");
  });

  test("an unknown command is refused with the nearest known one", () => {
    expect(wrong(["bacth"])).toContain('"bacth"; did you mean batch?');
  });

  test("half a command of two words asks for the rest", () => {
    expect(wrong(["generate"])).toBe("generate what? Say generate history or generate feed");
  });

  test("a flag of another command is refused", () => {
    expect(wrong(["stream", "--json"])).toContain("stream has no flag --json");
  });

  test("a missing value and a missing positional are named", () => {
    expect(wrong(["--http"])).toBe("--http needs a value: --http VALUE");
    expect(wrong(["replay"])).toBe("replay needs RUN: the call is rackwatch replay RUN");
  });

  test("one word too many is named", () => {
    expect(wrong(["inspect", "a", "b"])).toContain('"b" is one word too many');
  });

  test("help fits 80 columns and 45 lines", () => {
    const lines = helpPage("1.2.3").split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.length).toBeLessThanOrEqual(45);
  });
});
