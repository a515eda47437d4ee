/** `[[redfish]]` tables: what is refused, and with which rule. */
import { describe, expect, test } from "bun:test";
import { allTargets } from "../../../src/workers/speed/scrape/scrapers.ts";
import { redfishTargets } from "../../../src/workers/speed/redfish/targets.ts";

describe("[[redfish]]", () => {
  test.each([
    [{}, "url: must be a text"],
    [{ url: "ftp://bmc/" }, "must be an http or https URL"],
    [{ url: "https://u:p@bmc/" }, "must hold no password"],
    [{ url: "https://bmc/redfish/v1/" }, "must be a BMC's address alone"],
    [{ url: "https://bmc/", password: "x" }, 'did you mean "password_file"'],
    [{ url: "https://bmc/", user: "a" }, "password_file: must be a text"],
    [{ url: "https://bmc/", password_file: "p" }, "user: must be a text"],
    [{ url: "https://bmc/", user: "a:b", password_file: "p" }, "must have no colon"],
    [
      { url: "https://bmc/", user: "a", password_file: "p", bearer_token_file: "t" },
      "takes the place of user",
    ],
    [{ url: "https://bmc/", ca_file: "c", insecure_tls: true }, "would make ca_file mean nothing"],
    [{ url: "https://bmc/", insecure_tls: "yes" }, "must be true or false"],
    [{ url: "http://bmc/", bearer_token_file: "t" }, "must be https where a password or token"],
    [{ url: "http://bmc/", ca_file: "c" }, "must be https for ca_file"],
    [{ url: "https://bmc/", every_s: 5, timeout_s: 6 }, "must not be longer than every_s"],
    [{ url: "https://bmc/", chassis: [] }, "must not be empty"],
  ])("%j is refused with its rule", (table, rule) => {
    expect(() => redfishTargets([table], "test")).toThrow(rule);
  });

  test("never shows what stands under a key for a secret that is not there", () => {
    const table = { url: "https://bmc/", password: "hunter2" };
    try {
      redfishTargets([table], "test");
      throw new Error("it was taken");
    } catch (error) {
      expect(String(error)).not.toContain("hunter2");
    }
  });

  test("may send a password in the clear on this machine only", () => {
    const table = { user: "a", password_file: "p" };
    expect(redfishTargets([{ ...table, url: "http://[::1]:8000/" }], "test")).toHaveLength(1);
    expect(redfishTargets([{ ...table, url: "http://127.0.0.1:1/" }], "test")).toHaveLength(1);
  });

  test("has defaults, and paths beside the configuration", () => {
    const table = { url: "https://bmc-7", user: "monitor", password_file: "secrets/bmc" };
    expect(redfishTargets([table], "/etc/rackwatch/rackwatch.toml")).toEqual([{
      url: "https://bmc-7/",
      origin: "https://bmc-7",
      everyMs: 30_000,
      timeoutMs: 20_000,
      silentAfterMs: null,
      credentials: {
        kind: "basic",
        user: "monitor",
        passwordPath: "/etc/rackwatch/secrets/bmc",
      },
      trust: { kind: "system" },
      chassis: null,
      labels: { instance: "bmc-7" },
    }]);
  });

  test("of one BMC twice needs different chassis", () => {
    const one = (chassis: string) => ({ url: "https://bmc/", chassis });
    expect(redfishTargets([one("1"), one("2")], "test")).toHaveLength(2);
    expect(() => redfishTargets([one("1"), one("1")], "test")).toThrow("is scraped once");
  });

  test("is told from [[scrape]] by its url", () => {
    const table = { url: "https://bmc/" };
    expect(() => allTargets({ scrapes: [table], redfish: [table] }, "test")).toThrow(
      "is scraped once",
    );
  });
});
