import { expect, test } from "bun:test";
import { formatAddress, isLoopback, parseAddress } from "../../src/runtime/address.ts";

test("parseAddress reads every way people write an address", () => {
  expect(parseAddress("tcp://127.0.0.1:9988", "--feed")).toEqual({
    hostname: "127.0.0.1",
    port: 9988,
  });
  expect(parseAddress("tcp://feed.example:1/", "--feed").hostname).toBe("feed.example");
  expect(parseAddress("localhost:0", "--http")).toEqual({ hostname: "localhost", port: 0 });
  expect(parseAddress(" [::1]:8080 ", "--http")).toEqual({ hostname: "::1", port: 8080 });
  expect(parseAddress("TCP://[fe80::1%eth0]:65535", "--feed").hostname).toBe("fe80::1%eth0");
});

const REFUSED: [text: string, says: string][] = [
  ["", "the port is missing"],
  ["localhost", "the port is missing"],
  ["9988", "the port is missing"],
  [":9988", "the host is missing"],
  ["localhost:", "0–65535"],
  ["localhost:65536", "0–65535"],
  ["localhost:-1", "0–65535"],
  ["localhost:80x", "0–65535"],
  ["::1:80", "brackets"],
  ["[localhost]:80", "not a host"],
  ["[::1]", "write host:port"],
  ["http://localhost:80", "tcp://"],
  ["user@host:80", "not a host"],
  ["host/path:80", "not a host"],
];
for (const [text, says] of REFUSED) {
  test(`parseAddress refuses "${text}" and says why`, () => {
    expect(() => parseAddress(text, "--listen")).toThrow(says);
    expect(() => parseAddress(text, "--listen")).toThrow(`--listen "${text}"`);
  });
}

test("formatAddress writes what parseAddress reads", () => {
  for (const address of [{ hostname: "::1", port: 1 }, { hostname: "a.b", port: 0 }]) {
    expect(parseAddress(formatAddress(address), "it")).toEqual(address);
  }
});

test("isLoopback knows the addresses that only this machine reaches", () => {
  for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "::1", "0:0:0:0:0:0:0:1"]) {
    expect(isLoopback(host)).toBe(true);
  }
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example.com", "::2", "example.com"]) {
    expect(isLoopback(host)).toBe(false);
  }
});
