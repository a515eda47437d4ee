/** One BMC, round by round: when it is discovered anew, and what is too much of it. */
import { expect, test } from "bun:test";
import { LIMITS } from "../../../src/limits.ts";
import { Bmc } from "../../../src/workers/speed/redfish/bmc.ts";
import { redfishTargets } from "../../../src/workers/speed/redfish/targets.ts";
import { type FakeBmc, fakeBmc, OLD_BMC, type Resource, resourcesOf } from "../../support/bmc.ts";

const NEVER = new AbortController().signal;

function bmcAt({ url }: FakeBmc, monotonicMs: () => number = () => 0): Bmc {
  const [target] = redfishTargets([{ url, labels: { host: "rack-7" } }], "test");
  return new Bmc(target!, { monotonicMs });
}

test("what it has is discovered anew once it was known for long enough, not before", async () => {
  await using server = fakeBmc(OLD_BMC);
  let nowMs = 5;
  const bmc = bmcAt(server, () => nowMs);
  const discoveries = () => server.asked.filter((path) => path === "/redfish/v1/").length;
  await bmc.scrape(0, NEVER);
  nowMs += LIMITS.redfishDiscoveryMs - 1;
  await bmc.scrape(1, NEVER);
  expect(discoveries()).toBe(1);
  nowMs += 1;
  await bmc.scrape(2, NEVER);
  expect(discoveries()).toBe(2);
});

test("a resource that is gone since takes its sensors with it, and the others go on", async () => {
  await using server = fakeBmc(OLD_BMC);
  const bmc = bmcAt(server);
  await bmc.scrape(0, NEVER);
  const { ["/redfish/v1/Chassis/Box/Power"]: _gone, ...rest } = OLD_BMC;
  server.resources = rest;
  const { lines: [line] } = await bmc.scrape(1, NEVER);
  expect(JSON.parse(line!)).toMatchObject({ temp_c: 67.5, power_watts: null, voltage: null });
});

test("its line names the host and the time by which it was asked", async () => {
  await using server = fakeBmc(OLD_BMC);
  const { lines: [line], series } = await bmcAt(server).scrape(1_763_692_976_000, NEVER);
  expect(JSON.parse(line!)).toMatchObject({
    protocol: "redfish",
    timestamp: 1_763_692_976_000,
    labels: { instance: new URL(server.url).host, host: "rack-7" },
  });
  expect(series).toBe(11);
});

/** Served in place of Thermal. */
const temperatures = (count: number, sensor: Resource) => ({
  ...OLD_BMC,
  ...resourcesOf({
    "/redfish/v1/Chassis/Box/Thermal": {
      Temperatures: Array.from({ length: count }, () => ({ ...sensor, ReadingCelsius: 1 })),
    },
  }),
});

test("with too many sensors it fails, and says what to do", async () => {
  await using server = fakeBmc(temperatures(LIMITS.redfishSensorsMax + 1, { Name: "T" }));
  expect(bmcAt(server).scrape(0, NEVER)).rejects.toThrow(
    `it has more than ${LIMITS.redfishSensorsMax} sensors; name what is to be read`,
  );
});

test("with nearly as many as it may have, whatever their names, there is a line", async () => {
  await using server = fakeBmc(temperatures(900, { Name: "\u{1f321}".repeat(1_000) }));
  const { lines: [line] } = await bmcAt(server).scrape(0, NEVER);
  expect(Buffer.byteLength(line!)).toBeLessThan(LIMITS.lineBytesMax);
});

test("whose texts would make a line too long fails, and says what to do", async () => {
  // A control character is six in JSON.
  const text = "\u0001".repeat(128);
  await using server = fakeBmc(temperatures(900, { Name: text, PhysicalContext: text }));
  expect(bmcAt(server).scrape(0, NEVER)).rejects.toThrow(
    "too much for a line; name what is to be read",
  );
});
