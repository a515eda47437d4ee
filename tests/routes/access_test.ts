import { expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { createSessions } from "../../src/server/session.ts";
import { safeNext } from "../../routes/login.tsx";
import { errorCode, NOW_MS, testServer } from "./context.ts";

const TOKEN = "correct horse battery";

function guarded() {
  return testServer({ config: { token: TOKEN } });
}

function logIn(app: ReturnType<typeof guarded>["app"], token: string, next = "/") {
  const body = new URLSearchParams({ token, next }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return app.request("/login", { method: "POST", headers, body });
}

async function cookieOf(app: ReturnType<typeof guarded>["app"]): Promise<string> {
  const response = await logIn(app, TOKEN);
  return (response.headers.get("set-cookie") ?? "").split(";")[0]!;
}

const CLOSED = ["/api/status", "/api/runs", "/events", "/metrics", "/nowhere"];

for (const path of CLOSED) {
  test(`${path} without the token gets 401 and is told how`, async () => {
    const response = await guarded().app.request(path);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toStartWith("Bearer");
    expect(await errorCode(response)).toBe("unauthorized");
  });
}

for (const path of ["/healthz", "/readyz", "/login", "/login.css"]) {
  test(`${path} needs no token`, async () => {
    expect([200, 503]).toContain((await guarded().app.request(path)).status);
  });
}

const WRONG = ["Bearer wrong", "Bearer ", "Basic dXNlcjpwYXNz", TOKEN, `Bearer ${TOKEN}x`, ""];

for (const authorization of WRONG) {
  test(`Authorization "${authorization}" gets 401`, async () => {
    const response = await guarded().app.request("/api/status", { headers: { authorization } });
    expect(response.status).toBe(401);
  });
}

test("the right bearer token is let in", async () => {
  const headers = { authorization: `Bearer ${TOKEN}` };
  expect((await guarded().app.request("/api/status", { headers })).status).toBe(200);
});

test("a wrong bearer token is refused even beside a good cookie", async () => {
  const { app } = guarded();
  const headers = { authorization: "Bearer no", cookie: await cookieOf(app) };
  expect((await app.request("/api/status", { headers })).status).toBe(401);
});

test("a browser without a session is sent to the login, and back to where it wanted to go", async () => {
  const { app } = guarded();
  const headers = { accept: "text/html,application/xhtml+xml" };
  const response = await app.request("/api/status?x=1", { headers });
  expect(response.status).toBe(303);
  expect(response.headers.get("location")).toBe("/login?next=%2Fapi%2Fstatus%3Fx%3D1");
});

test("a login gives a cookie that scripts and other sites can't use, and that opens the API", async () => {
  const { app } = guarded();
  const response = await logIn(app, TOKEN, "/api/runs");
  expect(response.status).toBe(303);
  expect(response.headers.get("location")).toBe("/api/runs");
  const cookie = response.headers.get("set-cookie") ?? "";
  expect(cookie).toContain("HttpOnly");
  expect(cookie).toContain("SameSite=Strict");
  expect(cookie).not.toContain(TOKEN);
  const headers = { cookie: cookie.split(";")[0]! };
  expect((await app.request("/api/status", { headers })).status).toBe(200);
});

test("behind TLS the cookie is Secure", async () => {
  const { app } = guarded();
  const response = await app.request("/login", {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-forwarded-proto": "https",
    },
    body: new URLSearchParams({ token: TOKEN }).toString(),
  });
  expect(response.headers.get("set-cookie")).toContain("Secure");
});

test("a wrong token at the login gets 401, a page that says so, and no cookie", async () => {
  const response = await logIn(guarded().app, "wrong");
  expect(response.status).toBe(401);
  expect(response.headers.get("set-cookie")).toBeNull();
  expect(await response.text()).toContain("not this server's token");
});

test("what the login is given never becomes markup", async () => {
  const next = '/"><script>alert(1)</script>';
  const response = await logIn(guarded().app, "wrong", next);
  expect(await response.text()).not.toContain("<script>");
});

test("logging out takes the cookie back", async () => {
  const { app } = guarded();
  const headers = { cookie: await cookieOf(app) };
  const out = await app.request("/logout", { method: "POST", headers });
  expect(out.headers.get("set-cookie")).toContain("Max-Age=0");
});

test("any change to the cookie ends the session", async () => {
  const { app } = guarded();
  const cookie = await cookieOf(app);
  const start = cookie.indexOf("=") + 1;
  for (let i = start; i < cookie.length; i++) {
    const other = cookie[i] === "a" ? "b" : "a";
    const headers = { cookie: cookie.slice(0, i) + other + cookie.slice(i + 1) };
    expect((await app.request("/api/status", { headers })).status).toBe(401);
  }
});

test("a session ends in time", async () => {
  const { app, clock } = guarded();
  const headers = { cookie: await cookieOf(app) };
  clock.atMs = NOW_MS + LIMITS.sessionMsMax - 1;
  expect((await app.request("/api/status", { headers })).status).toBe(200);
  clock.atMs = NOW_MS + LIMITS.sessionMsMax;
  expect((await app.request("/api/status", { headers })).status).toBe(401);
});

test("a session of another token is none", () => {
  const value = createSessions("one").issue(NOW_MS + 1_000);
  expect(createSessions("one").valid(value, NOW_MS)).toBe(true);
  expect(createSessions("two").valid(value, NOW_MS)).toBe(false);
});

test("too many wrong tokens are answered 429 until the window is over", async () => {
  const { app, clock } = guarded();
  for (let i = 0; i < LIMITS.loginFailuresMax; i++) {
    expect((await logIn(app, `guess ${i}`)).status).toBe(401);
  }
  const refused = await logIn(app, TOKEN);
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe(String(LIMITS.loginWindowMs / 1_000));
  clock.atMs += LIMITS.loginWindowMs;
  expect((await logIn(app, TOKEN)).status).toBe(303);
});

test("a session goes on while its address is refused for wrong tokens", async () => {
  const { app } = guarded();
  const headers = { cookie: await cookieOf(app) };
  for (let i = 0; i <= LIMITS.loginFailuresMax; i++) await logIn(app, "guess");
  expect((await app.request("/api/status", { headers })).status).toBe(200);
});

test("a login that isn't a form gets 415", async () => {
  const response = await guarded().app.request("/login", { method: "POST", body: "{}" });
  expect(response.status).toBe(415);
});

test("where no token is set, the login leads to the page", async () => {
  const response = await testServer().app.request("/login");
  expect(response.status).toBe(303);
  expect(response.headers.get("location")).toBe("/");
});

const NEXT: readonly (readonly [string | null, string])[] = [
  ["/api/runs?x=1", "/api/runs?x=1"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["https://evil.example", "/"],
  ["/a\r\nSet-Cookie: x=1", "/"],
  ["/\t/evil.example", "/"],
  [null, "/"],
];

for (const [next, leads] of NEXT) {
  test(`the login with next ${JSON.stringify(next)} leads to ${leads}`, () => {
    expect(safeNext(next)).toBe(leads);
  });
}
