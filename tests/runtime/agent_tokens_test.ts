import { describe, expect, test } from "bun:test";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  AgentTokens,
  createToken,
  listTokens,
  revokeToken,
} from "../../src/runtime/agent_tokens.ts";
import { temporaryDirectory } from "../support/rackwatch.ts";

const AT = "2026-11-28T12:00:00.000Z";
const noFault = (reason: string) => {
  throw new Error(reason);
};

describe("agents' tokens", () => {
  test("a token is its agent's, and no other text is anybody's", async () => {
    await using directory = await temporaryDirectory();
    const tokens = new AgentTokens(directory.path, noFault);
    const [first, second] = ["rack-1", "rack-2"].map((name) =>
      createToken(directory.path, name, AT)
    );
    expect([tokens.whose(first!), tokens.whose(second!)]).toEqual(["rack-1", "rack-2"]);
    expect(["", "rack-1", `${first} `, first!.slice(0, -1)].map((one) => tokens.whose(one)))
      .toEqual([null, null, null, null]);
  });

  test("what is on the disk holds no token, and is its owner's alone", async () => {
    await using directory = await temporaryDirectory();
    const token = createToken(directory.path, "rack-1", AT);
    const path = join(directory.path, "agent_tokens.json");
    expect(await readFile(path, "utf8")).not.toContain(token.slice(4));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test("one that is taken back is nobody's from then on, beside a running process", async () => {
    await using directory = await temporaryDirectory();
    const tokens = new AgentTokens(directory.path, noFault);
    const token = createToken(directory.path, "rack-1", AT);
    expect([tokens.whose(token), tokens.holds(token)]).toEqual(["rack-1", true]);
    revokeToken(directory.path, "rack-1");
    expect([tokens.whose(token), tokens.holds(token)]).toEqual([null, false]);
    // It was the last one: that opens the door to nobody.
    expect(tokens.isEmpty).toBe(false);
  });

  test("one made anew under the same name is another: the old one is nobody's", async () => {
    await using directory = await temporaryDirectory();
    const tokens = new AgentTokens(directory.path, noFault);
    const old = createToken(directory.path, "rack-1", AT);
    revokeToken(directory.path, "rack-1");
    const fresh = createToken(directory.path, "rack-1", AT);
    expect([tokens.holds(old), tokens.holds(fresh)]).toEqual([false, true]);
  });

  test("a name has one token, and keeps to the rule", async () => {
    await using directory = await temporaryDirectory();
    createToken(directory.path, "rack-1", AT);
    const create = (name: string) => () => createToken(directory.path, name, AT);
    expect(create("rack-1")).toThrow("there is one; revoke it first");
    expect(create("../x")).toThrow("a name has 1 to 64");
    expect(listTokens(directory.path).map((one) => one.name)).toEqual(["rack-1"]);
  });

  test("to take back what is not there names what is", async () => {
    await using directory = await temporaryDirectory();
    createToken(directory.path, "rack-1", AT);
    expect(() => revokeToken(directory.path, "rack-9")).toThrow("there are: rack-1");
  });

  test("a change beside another one is refused, and nothing is lost", async () => {
    await using directory = await temporaryDirectory();
    createToken(directory.path, "rack-1", AT);
    await writeFile(join(directory.path, "agent_tokens.json.tmp"), "");
    expect(() => createToken(directory.path, "rack-2", AT)).toThrow("another command is doing so");
    expect(listTokens(directory.path)).toHaveLength(1);
  });

  test("a damaged file lets nobody in, and cuts nobody off", async () => {
    await using directory = await temporaryDirectory();
    const faults: string[] = [];
    const tokens = new AgentTokens(directory.path, (reason) => faults.push(reason));
    const token = createToken(directory.path, "rack-1", AT);
    await writeFile(join(directory.path, "agent_tokens.json"), "{");
    expect([tokens.whose(token), tokens.isEmpty, tokens.holds(token)])
      .toEqual([null, false, true]);
    expect(faults).toEqual([expect.stringContaining("is damaged")]);
  });
});
