import { expect, test } from "bun:test";
import { INGEST_PATHS } from "../../src/server/ingest_paths.ts";
import { testServer } from "./context.ts";
import { TestDoor } from "./ingest_context.ts";

const TOKEN = "correct horse: battery";
const POINT = "cpu,host=web-1 usage_idle=97.5";

function guarded(token: string | null = TOKEN) {
  const door = new TestDoor();
  const { app } = testServer({ ingest: door, config: { token } });
  const post = (path: string, headers: Record<string, string> = {}) =>
    app.request(path, {
      method: "POST",
      body: /^\/(?:api\/v2\/)?write/.test(path) ? POINT : "{}",
      headers: path === "/v1/metrics"
        ? { "content-type": "application/json", ...headers }
        : headers,
    });
  return { door, app, post };
}

const basic = (user: string, password: string) => `Basic ${btoa(`${user}:${password}`)}`;

const RIGHT = [`Bearer ${TOKEN}`, `Token ${TOKEN}`, `token ${TOKEN}`, basic("telegraf", TOKEN)];
const WRONG = ["Bearer x", "Token x", basic("telegraf", "x"), basic(TOKEN, ""), "Basic ?", TOKEN];

for (const path of INGEST_PATHS) {
  test(`${path} without the token gets 401`, async () => {
    const { door, post } = guarded();
    expect((await post(path)).status).toBe(401);
    expect(door.entered).toBe(0);
  });

  for (const authorization of RIGHT) {
    test(`${path} takes the token as ${authorization.split(" ")[0]}`, async () => {
      const { status } = await guarded().post(path, { authorization });
      // This body is no remote write: it is let in, and refused for that.
      expect(status).toBeOneOf(path === "/api/v1/write" ? [415] : [200, 204]);
    });
  }

  for (const authorization of WRONG) {
    test(`${path} refuses Authorization "${authorization}"`, async () => {
      expect((await guarded().post(path, { authorization })).status).toBe(401);
    });
  }
}

test("InfluxDB's paths take the token as the password of u and p, others don't", async () => {
  const query = `u=any&p=${encodeURIComponent(TOKEN)}`;
  const { post, app } = guarded();
  expect((await post(`/write?${query}`)).status).toBe(204);
  expect((await post(`/write?u=any&p=wrong`)).status).toBe(401);
  expect((await post(`/ingest?${query}`)).status).toBe(401);
  expect((await app.request(`/api/status?${query}`)).status).toBe(401);
});

for (const authorization of [`Token ${TOKEN}`, basic("any", TOKEN)]) {
  test(`the rest of the API does not take ${authorization.split(" ")[0]}`, async () => {
    const response = await guarded().app.request("/api/status", { headers: { authorization } });
    expect(response.status).toBe(401);
  });
}

test("/ping and /health need no token", async () => {
  const { app } = guarded();
  expect((await app.request("/ping")).status).toBe(204);
  expect((await app.request("/health")).status).toBe(200);
});

const AGENT_TOKEN = "rwa_of-rack-7";

function withAgents(token: string | null, names: readonly string[] = ["rack-7"]) {
  const whose = (given: string) => names.length > 0 && given === AGENT_TOKEN ? names[0]! : null;
  const agentTokens = { isEmpty: names.length === 0, whose };
  const { app } = testServer({ ingest: new TestDoor(), agentTokens, config: { token } });
  return (path: string, authorization?: string) =>
    app.request(path, {
      method: path === "/api/status" ? "GET" : "POST",
      ...(path === "/api/status" ? {} : { body: path === "/ingest" ? "{}" : POINT }),
      headers: authorization === undefined ? {} : { authorization },
    });
}

for (const configured of [TOKEN, null]) {
  const where = configured === null ? "where no token is configured" : "beside the token";
  test(`an agent's own token lets it bring lines, ${where}`, async () => {
    const ask = withAgents(configured);
    expect((await ask("/ingest", `Bearer ${AGENT_TOKEN}`)).status).toBe(200);
    expect((await ask("/write", `Token ${AGENT_TOKEN}`)).status).toBe(204);
    expect((await ask(`/write?u=any&p=${AGENT_TOKEN}`)).status).toBe(204);
    expect((await ask("/ingest", "Bearer wrong")).status).toBe(401);
    expect((await ask("/ingest")).status).toBe(401);
  });
}

test("an agent's own token opens nothing else", async () => {
  expect((await withAgents(TOKEN)("/api/status", `Bearer ${AGENT_TOKEN}`)).status).toBe(401);
});

test("while no agent has a token of its own, none is asked for", async () => {
  expect((await withAgents(null, [])("/ingest")).status).toBe(200);
  expect((await withAgents(null)("/api/status")).status).toBe(200);
});

const FOREIGN: readonly Record<string, string>[] = [
  { origin: "http://evil.example" },
  { origin: "null" },
  { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
];

for (const headers of FOREIGN) {
  test(`a page of another site (${JSON.stringify(headers)}) can't bring lines`, async () => {
    const { door, post } = guarded(null);
    for (const path of INGEST_PATHS) {
      expect((await post(path, headers)).status).toBe(403);
    }
    expect(door.entered).toBe(0);
  });
}

test("where no token is set, a program needs none, and neither does a page of ours", async () => {
  const { post } = guarded(null);
  const ours = { host: "127.0.0.1:8080", origin: "http://127.0.0.1:8080" };
  expect((await post("/ingest")).status).toBe(200);
  expect((await post("/ingest", ours)).status).toBe(200);
});
