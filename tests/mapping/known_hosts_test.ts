import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { KnownHosts } from "../../src/mapping/known_hosts.ts";

const names = fc.array(
  fc.tuple(fc.string({ maxLength: 6 }), fc.string({ maxLength: 3 })),
  { maxLength: 300 },
);

/** As they lie in a line: the region somewhere behind the host. */
function bytesOf(host: string, region: string) {
  const bytes = new TextEncoder().encode(`{"${host}" "${region}"}`);
  const to = 2 + new TextEncoder().encode(host).length;
  const regionTo = bytes.length - 2;
  return { bytes, from: 2, to, regionFrom: to + 3, regionTo };
}

test("a host is found by all of its bytes, and by no others", () => {
  fc.assert(fc.property(names, names, (added, others) => {
    const hosts = new KnownHosts<string>();
    const known = new Map<string, string>();
    for (const [host, region] of [...added, ...others]) {
      const name = bytesOf(host, region);
      const { bytes, from, to, regionFrom, regionTo } = name;
      const key = JSON.stringify([host, region]);
      expect(hosts.find(bytes, from, to, regionFrom, regionTo)).toBe(known.get(key));
      if (known.has(key)) continue;
      known.set(key, key);
      hosts.add(name, key);
    }
  }));
});

test("many hosts stay apart while the table grows, those of one hash too", () => {
  const hosts = new KnownHosts<number>();
  // FNV-1a gives both the same: https://softwareengineering.stackexchange.com/questions/49550
  const all = ["costarring", "liquid", ...Array.from({ length: 10_000 }, (_, i) => `DE-HPC-${i}`)];
  const find = (host: string) => {
    const { bytes, from, to, regionFrom, regionTo } = bytesOf(host, "");
    return hosts.find(bytes, from, to, regionFrom, regionTo);
  };
  all.forEach((host, index) => hosts.add(bytesOf(host, ""), index));
  expect(all.map(find)).toEqual(all.map((_, index) => index));
  expect(find("DE-HPC-10000")).toBeUndefined();
});
