/** BMCs that hang, refuse, tell too much or lead elsewhere: down, with the reason, and no secret. */
import { describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LIMITS } from "../../../src/limits.ts";
import { createLog } from "../../../src/log.ts";
import {
  fakeBmc,
  type FakeBmcOptions,
  link,
  NEW_BMC,
  OLD_BMC,
  type Resource,
  type Resources,
  service,
} from "../../support/bmc.ts";
import { temporaryDirectory } from "../../support/rackwatch.ts";
import { certificateIn, type CertificateName, certificateText } from "../../support/tls.ts";
import { asked } from "./asked.ts";

const BOX = "/redfish/v1/Chassis/Box";
const MEGABYTE = "x".repeat(1_048_576);

/** The old one with a resource changed. */
const changed = (path: string, more: Resource): Resources => ({
  ...OLD_BMC,
  [path]: { ...OLD_BMC[path], ...more },
});

/** An answer that begins, and of which no more comes. */
const endless = () =>
  new ReadableStream({ start: (answer) => answer.enqueue(new TextEncoder().encode("{")) });

const FAULTS: readonly (readonly [string, Resources, FakeBmcOptions, string])[] = [
  [
    "hangs",
    OLD_BMC,
    { answer: (path) => path.endsWith("/Power") ? new Promise<Response>(() => {}) : null },
    "no answer within 1 s",
  ],
  [
    "stops midway in an answer",
    OLD_BMC,
    { answer: (path) => path.endsWith("/Thermal") ? new Response(endless()) : null },
    "no answer within 1 s",
  ],
  [
    "takes no password",
    OLD_BMC,
    { answer: (path) => path === "/redfish/v1/" ? null : new Response("", { status: 401 }) },
    "it answers 401 to /redfish/v1/Chassis: the user, password or token is not taken",
  ],
  [
    "fails",
    OLD_BMC,
    { answer: (path) => path.endsWith("Thermal") ? new Response("", { status: 500 }) : null },
    `it answers 500 to ${BOX}/Thermal`,
  ],
  [
    "has a giant answer",
    OLD_BMC,
    {
      answer: (path) =>
        path.endsWith("/Thermal")
          ? new Response(" ".repeat(LIMITS.redfishAnswerBytesMax + 1))
          : null,
    },
    `its answer has more than ${LIMITS.redfishAnswerBytesMax} bytes (${BOX}/Thermal)`,
  ],
  [
    "has many large answers",
    service(
      Object.fromEntries(Array.from({ length: 20 }, (_, id) => [id, { Description: MEGABYTE }])),
    ),
    {},
    "its answer has more than",
  ],
  [
    "answers with a page",
    OLD_BMC,
    { answer: () => new Response("<html>") },
    "its answer is no JSON (/redfish/v1/)",
  ],
  ["is none", {}, {}, "it does not speak Redfish"],
  [
    "redirects",
    OLD_BMC,
    { answer: () => new Response(null, { status: 302, headers: { Location: "/redfish/v1/x" } }) },
    "it answers 302",
  ],
  [
    "leads to another origin",
    changed(BOX, { Thermal: link("http://127.0.0.2:9/redfish/v1/Thermal") }),
    {},
    'its link "http://127.0.0.2:9/redfish/v1/Thermal" leads elsewhere',
  ],
  [
    "leads by two slashes",
    changed(BOX, { Thermal: link("//evil/redfish/") }),
    {},
    "leads elsewhere",
  ],
  [
    "leads out of /redfish/",
    changed(BOX, { Thermal: link("/redfish/../admin") }),
    {},
    "leads elsewhere",
  ],
  [
    "leads elsewhere by a next page",
    changed("/redfish/v1/Chassis", { "Members@odata.nextLink": "http://127.0.0.2:9/redfish/v1/" }),
    {},
    "leads elsewhere",
  ],
  [
    "has endless chassis",
    service(
      Object.fromEntries(Array.from({ length: 300 }, (_, id) => [`c${id}`, {}])),
    ),
    {},
    `more than ${LIMITS.redfishRequestsMax} requests; name what is to be read, as chassis`,
  ],
  ["has no sensors", service({ Box: {} }), {}, "none of its chassis has Thermal"],
];

describe("a BMC that", () => {
  for (const [name, resources, options, reason] of FAULTS) {
    test(`${name} is down, and says why`, async () => {
      await using bmc = fakeBmc(resources, options);
      const { status, lines } = await asked({
        url: bmc.url,
        timeout_s: reason.endsWith("1 s") ? 1 : 20,
      });
      expect(status).toMatchObject({ up: false, failures: 1, series: 0 });
      expect(status.error).toContain(reason);
      expect(lines).toEqual([]);
    });
  }

  test("leads in circles is read, each resource once", async () => {
    const members = { Members: [link("/redfish/v1/Chassis"), link(BOX), link(BOX)] };
    await using bmc = fakeBmc(changed("/redfish/v1/Chassis", {
      ...members,
      "Members@odata.nextLink": "/redfish/v1/Chassis",
    }));
    const { rounds: [round] } = await asked({ url: bmc.url });
    expect(round).toMatchObject({ temp_c: 67.5 });
    expect(bmc.asked.length).toBe(new Set(bmc.asked).size);
  });

  test("comes back with other resources is discovered anew", async () => {
    let isAway = false;
    await using bmc = fakeBmc(OLD_BMC, {
      answer: () => isAway ? new Response("", { status: 503 }) : null,
    });
    const { rounds } = await asked({ url: bmc.url, every_s: 1 }, ({ status: [status] }, lines) => {
      isAway = lines.length === 1 && status!.failures === 0;
      if (status!.failures > 0) bmc.resources = NEW_BMC;
      return lines.length > 1;
    });
    expect(rounds.map((round) => round.temp_c)).toEqual([67.5, 71]);
  });
});

describe("secrets", () => {
  const SECRET = "correct horse: battery";

  test("go to the BMC, and nowhere else", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "bmc.password");
    await writeFile(path, `${SECRET}\n`);
    const basic = `Basic ${btoa(`monitor:${SECRET}`)}`;
    const written: string[] = [];
    let given: string | null = null;
    await using bmc = fakeBmc(OLD_BMC, {
      answer: (_path, request) => {
        given = request.headers.get("authorization");
        return given === basic && written.length > 0 ? null : new Response("", { status: 401 });
      },
    });
    const { status, lines } = await asked(
      { url: bmc.url, every_s: 1, user: "monitor", password_file: "bmc.password" },
      (_scrapers, lines) => lines.length > 0,
      {
        where: join(directory.path, "rackwatch.toml"),
        log: createLog({ format: "json", area: "", write: (line) => written.push(line) }),
      },
    );
    expect(given!).toBe(basic);
    expect(written.length).toBeGreaterThan(0);
    const told = `${JSON.stringify(status)}${lines.join("")}${written.join("")}`;
    for (const part of [SECRET, btoa(`monitor:${SECRET}`), "monitor"]) {
      expect(told).not.toContain(part);
    }
  });

  test("are read anew each round: a changed token needs no restart", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "token");
    await writeFile(path, "first");
    await using bmc = fakeBmc(OLD_BMC, {
      answer: (_path, request) =>
        request.headers.get("authorization") === "Bearer second"
          ? null
          : new Response("", { status: 401 }),
    });
    let renewed: Promise<void> | null = null;
    const { status } = await asked(
      { url: bmc.url, every_s: 1, bearer_token_file: path },
      ({ status: [status] }) => {
        if (status!.up === false) renewed ??= writeFile(path, "second");
        return status!.up === true;
      },
    );
    await renewed;
    expect(status.failures).toBeGreaterThan(0);
  });

  test.each([
    ["is not there", null, "can't be read: ENOENT"],
    ["is blank", "\n", "is blank"],
    ["is too long", "x".repeat(LIMITS.secretBytesMax + 1), "has more than"],
    ["holds no token", "two words", "holds no token"],
  ])("a file that %s is the reason, without what is in it", async (_name, text, reason) => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "token");
    if (text !== null) await writeFile(path, text);
    await using bmc = fakeBmc(OLD_BMC);
    const { status } = await asked({ url: bmc.url, bearer_token_file: path });
    expect(status.error).toContain(reason);
    expect(status.error).not.toContain("words");
    expect(bmc.asked).toEqual([]);
  });
});

describe("over https", () => {
  const served = async (name: CertificateName) => {
    const directory = await temporaryDirectory();
    const { certPath: caPath, keyPath } = await certificateIn(directory.path, name);
    const tls = { cert: await certificateText(name), key: await Bun.file(keyPath).text() };
    return { directory, caPath, tls };
  };

  test("a certificate that nobody vouches for is refused, with what to do", async () => {
    const { directory, tls } = await served("first");
    await using _directory = directory;
    await using bmc = fakeBmc(OLD_BMC, { tls });
    const { status } = await asked({ url: bmc.url });
    expect(status).toMatchObject({ up: false, insecure_tls: false });
    expect(status.error).toContain("name its issuer, or itself, by ca_file");
    expect(bmc.asked).toEqual([]);
  });

  test("one that ca_file names is taken", async () => {
    const { directory, tls, caPath } = await served("first");
    await using _directory = directory;
    await using bmc = fakeBmc(OLD_BMC, { tls });
    const { status } = await asked({ url: bmc.url, ca_file: caPath });
    expect(status).toMatchObject({ up: true, insecure_tls: false });
  });

  test("one that ca_file does not vouch for is refused", async () => {
    const { directory, tls } = await served("first");
    await using _directory = directory;
    const other = await served("second");
    await using _other = other.directory;
    await using bmc = fakeBmc(OLD_BMC, { tls });
    const { status } = await asked({ url: bmc.url, ca_file: other.caPath });
    expect(status.up).toBe(false);
    expect(bmc.asked).toEqual([]);
  });

  test("one of another name is refused, whoever vouches for it", async () => {
    const { directory, tls, caPath } = await served("elsewhere");
    await using _directory = directory;
    await using bmc = fakeBmc(OLD_BMC, { tls });
    const { status } = await asked({ url: bmc.url, ca_file: caPath });
    expect(status.up).toBe(false);
    expect(status.error).not.toContain("ca_file");
    expect(bmc.asked).toEqual([]);
  });

  test("any is taken by insecure_tls, which the status and the log name", async () => {
    const { directory, tls } = await served("first");
    await using _directory = directory;
    await using bmc = fakeBmc(OLD_BMC, { tls });
    const written: string[] = [];
    const log = createLog({ format: "json", area: "", write: (line) => written.push(line) });
    const { status } = await asked({ url: bmc.url, insecure_tls: true }, undefined, { log });
    expect(status).toMatchObject({ up: true, insecure_tls: true });
    expect(written.join("")).toContain("certificate is not checked");
  });
});
