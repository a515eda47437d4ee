import { expect, test } from "bun:test";
import { databaseName, describeUrl, withDatabase } from "../../src/store/database_url.ts";

const URL = "postgres://anna:s%40cret@db.example.org:5433/big%20data?sslmode=require";

test("a described address shows no user, no password and no parameters", () => {
  expect(describeUrl(URL)).toBe("db.example.org:5433/big data");
  expect(describeUrl("postgresql://localhost")).toBe("localhost:5432/postgres");
});

test("an address without a database means the user's", () => {
  expect(databaseName("postgres://anna@h")).toBe("anna");
  expect(databaseName("postgres://anna@h/x")).toBe("x");
});

test("another database keeps user, password and parameters", () => {
  expect(withDatabase(URL, "a/b"))
    .toBe("postgres://anna:s%40cret@db.example.org:5433/a%2Fb?sslmode=require");
});

test("an unreadable or foreign address is refused without showing it", () => {
  for (
    const url of [
      "anna:secret@host/db",
      "postgres://anna:se/cret#@host:99999/db",
      "mysql://a:secret@b/c",
    ]
  ) {
    const said = () => describeUrl(url);
    expect(said).toThrow(TypeError);
    expect(said).not.toThrow(/secret|se\/cret/);
  }
});
