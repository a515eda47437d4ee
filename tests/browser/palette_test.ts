import { expect, test } from "bun:test";
import { NO_ACTIONS } from "../../src/browser/actions.ts";
import type { Ask } from "../../src/browser/ask.ts";
import { BoardModel } from "../../src/browser/board_model.ts";
import { HostSearch } from "../../src/browser/host_search.ts";
import {
  hostEntry,
  momentEntry,
  paletteEntries,
  type PaletteEntry,
  ranked,
} from "../../src/browser/palette.ts";
import { NOW_MS, pageState } from "./samples.ts";

const entries = paletteEntries(["Germany", "India", "USA"]);
const labels = (found: readonly PaletteEntry[]) => found.map((each) => each.label);

test("palette: no two entries have the same key", () => {
  expect(new Set(entries.map((each) => each.key)).size).toBe(entries.length);
});

test("palette: the closest first, every word has to be in it", () => {
  const hosts = ["web-1", "my-web-1", "cobweb-1"].map((hostId) =>
    hostEntry({ hostId, region: "USA" })
  );
  expect(labels(ranked([...hosts].reverse(), "web"))).toEqual(["web-1", "my-web-1", "cobweb-1"]);
  expect(labels(ranked(hosts, "web usa my"))).toEqual(["my-web-1"]);
  expect(labels(ranked(entries, "germ"))).toEqual(["Germany"]);
  expect(labels(ranked(entries, "theme dark"))[0]).toBe("Theme: dark");
  expect(ranked(entries, "no such thing")).toEqual([]);
  expect(ranked(entries, "").length).toBeGreaterThan(5);
});

test("palette: a host is opened in its own region, a time is gone to, held still", () => {
  const went: unknown[] = [];
  const model = new BoardModel(pageState());
  const page = { model, actions: { ...NO_ACTIONS, go: (part: unknown) => void went.push(part) } };
  hostEntry({ hostId: "<b>", region: "USA" }).run(page);
  const moment = momentEntry("yesterday 03:00", page)!;
  expect(moment.label).toBe("Go to 20 Nov 03:00:00 UTC");
  moment.run(page);
  expect(momentEntry("web-1", page)).toBeNull();
  expect(went).toEqual([
    { view: "host", host: "<b>", region: "USA" },
    { cursor: { kind: "paused", atMs: NOW_MS - 85_376_000 } },
  ]);
});

test("palette: of two questions only the newer's answer counts, whenever it comes", async () => {
  const waiting: ((body: unknown) => void)[] = [];
  const ask: Ask = {
    get: () => new Promise((resolve) => waiting.push(resolve)),
    post: () => Promise.reject(new Error("not asked")),
  };
  const found: unknown[] = [];
  const search = new HostSearch(ask, (query, hosts) => found.push([query, hosts]));
  const asked = [search.look("we"), search.look(" web ")];
  waiting[1]!({ hosts: [{ host_id: "web-1", region: "USA" }] });
  waiting[0]!({ hosts: [{ host_id: "we-0", region: "USA" }] });
  await Promise.all(asked);
  expect(found).toEqual([["web", [{ hostId: "web-1", region: "USA" }]]]);
});
