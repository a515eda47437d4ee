/** `/` as the server answers it; what the page itself shows is tested in tests/browser. */
import { expect, test } from "bun:test";
import { StoreError } from "../../src/store/database.ts";
import type { Database } from "../../src/store/database.ts";
import { errorCode, testServer } from "./context.ts";

async function page(path: string, server = testServer()): Promise<string> {
  const response = await server.app.request(path);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")?.toLowerCase()).toBe("text/html; charset=utf-8");
  return await response.text();
}

test("the page comes with its script, its style and nothing inline that runs", async () => {
  const html = await page("/");
  expect(html).toContain('src="/assets/client-0.js"');
  expect(html).toContain('href="/assets/page-0.css"');
  const scripts = html.match(/<script\b[^>]*>/g) ?? [];
  for (const script of scripts) expect(script).toMatch(/ src="\/|type="application\/json"/);
  expect(html).not.toMatch(/<style|<[^>]+ style=|<[^>]+ on[a-z]+=/);
});

test("a region named as markup is text on the page", async () => {
  expect(await page("/")).not.toContain("<script>alert(1)");
});

test("the page is shown while the store is away", async () => {
  const away = () => Promise.reject(new StoreError("unavailable", "connection refused"));
  const database: Database = {
    kind: "postgres",
    query: away,
    transact: away,
    close: () => Promise.resolve(),
  };
  expect(await page("/", testServer({ database: () => database }))).toContain("India");
});

test("a parameter that the page doesn't know is refused", async () => {
  for (const path of ["/?range=forever", "/?surprise=1"]) {
    const response = await testServer().app.request(path);
    expect(response.status).toBe(400);
    expect(await errorCode(response)).toEndWith("_parameter");
  }
});

test("the page needs the token where one is set", async () => {
  const { app } = testServer({ config: { token: "secret" } });
  const response = await app.request("/", { headers: { accept: "text/html" } });
  expect(response.status).toBe(303);
  expect(response.headers.get("location")).toBe("/login");
});
