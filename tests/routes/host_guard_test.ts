import { expect, test } from "bun:test";
import { hostAllowed, parseHost, sameOrigin } from "../../src/server/host_guard.ts";
import { errorCode, LOCAL_CONFIG, testServer } from "./context.ts";

const GOOD_HOSTS = ["localhost", "localhost:9000", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST."];
const FOREIGN_HOSTS = [
  "evil.example",
  "evil.example:8080",
  "127.0.0.1.evil.example",
  "localhost.evil.example",
  "10.0.0.5:8080",
  "0.0.0.0:8080",
  "user@localhost",
  "localhost localhost",
  "[::1",
  "2130706433",
];

for (const host of GOOD_HOSTS) {
  test(`the server answers to Host ${host}`, async () => {
    const response = await testServer().app.request("/healthz", { headers: { host } });
    expect(response.status).toBe(200);
  });
}

for (const host of FOREIGN_HOSTS) {
  for (const path of ["/healthz", "/api/status", "/events", "/", "/nowhere"]) {
    test(`Host ${host} gets 403 from ${path}`, async () => {
      const response = await testServer().app.request(path, { headers: { host } });
      expect(response.status).toBe(403);
      expect(await errorCode(response)).toBe("foreign_host");
    });
  }
}

test("a host allowed by configuration is answered", async () => {
  const { app } = testServer({ config: { allowedHosts: ["Racks.example.org"] } });
  const response = await app.request("/healthz", { headers: { host: "racks.example.org" } });
  expect(response.status).toBe(200);
});

test("bound to every address, any IP address is answered and a name is not", () => {
  const config = { ...LOCAL_CONFIG, http: { hostname: "0.0.0.0", port: 8080 } };
  expect(hostAllowed("192.168.1.5", config)).toBe(true);
  expect(hostAllowed("fe80::1", config)).toBe(true);
  expect(hostAllowed("evil.example", config)).toBe(false);
});

test("bound to one address, only that one and loopback are answered", () => {
  const config = { ...LOCAL_CONFIG, http: { hostname: "192.168.1.5", port: 8080 } };
  expect(hostAllowed("192.168.1.5", config)).toBe(true);
  expect(hostAllowed("192.168.1.6", config)).toBe(false);
});

const FOREIGN_ORIGINS = [
  "https://evil.example",
  "http://localhost:3000",
  "http://127.0.0.1:8080",
  "null",
  "file://",
  "http://localhost:8080@evil.example",
];

for (const origin of FOREIGN_ORIGINS) {
  for (const [method, path] of [["GET", "/api/status"], ["GET", "/events"], ["POST", "/login"]]) {
    test(`Origin ${origin} gets 403 from ${method} ${path}`, async () => {
      const headers = { host: "localhost:8080", origin };
      const response = await testServer().app.request(path!, { method: method!, headers });
      expect(response.status).toBe(403);
      expect(await errorCode(response)).toBe("foreign_origin");
    });
  }
}

test("a page's own origin may change the generator's rate", async () => {
  const { app, rates } = testServer();
  const response = await app.request("/api/generator", {
    method: "POST",
    headers: {
      host: "localhost:8080",
      origin: "http://localhost:8080",
      "content-type": "application/json",
    },
    body: '{"rate":5}',
  });
  expect(response.status).toBe(200);
  expect(rates).toEqual([5]);
});

test("behind TLS the origin's scheme and plain ports don't matter", () => {
  expect(sameOrigin("https://racks.example", parseHost("racks.example:443")!)).toBe(true);
  expect(sameOrigin("https://racks.example:8443", parseHost("racks.example")!)).toBe(false);
});

test("an image on another site's page gets nothing", async () => {
  const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" };
  const response = await testServer().app.request("/api/status", { headers });
  expect(response.status).toBe(403);
});

test("a link on another site's page leads here", async () => {
  const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  const response = await testServer().app.request("/api/status", { headers });
  expect(response.status).toBe(200);
});
