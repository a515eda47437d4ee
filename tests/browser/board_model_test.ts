import { expect, test } from "bun:test";
import { announcementOf } from "../../src/browser/announcement.ts";
import { BoardModel } from "../../src/browser/board_model.ts";
import { whenSettled } from "../../src/browser/settled.ts";
import { bannerView, connectionView } from "../../src/browser/board_views.ts";
import { lastValue } from "../../src/browser/chart_axes.ts";
import type { Alert } from "../../src/model/alert.ts";
import { fakeStatus } from "../e2e/support/fake_status.ts";
import { cpuSecond, liveFleet, NOW_MS, pageState } from "./samples.ts";

function opened(kind: "opened" | "closed", alert: Alert) {
  return { type: "alert", data: { kind, alert } } as const;
}

test("board model: a frame replaces the board and adds its seconds to the chart", () => {
  const fleet = liveFleet();
  const model = new BoardModel(pageState(fleet, { series: [] }));
  const board = fleet.board(NOW_MS + 1000);
  const seconds = [cpuSecond("India", NOW_MS, [40, 50])];
  model.apply({ type: "frame", data: { board, seconds } }, NOW_MS);
  const view = model.columns.view(model.range.value, "cpu_load", NOW_MS + 1000);
  expect(lastValue(view.regions.find((each) => each.region === "India")!.mean)?.value).toBe(45);
  expect(model.board.value.figures).toEqual(board.figures);
});

test("board model: regions stand in the order of their names whatever order they come in", () => {
  const model = new BoardModel(pageState());
  expect(model.board.value.regions.map((each) => each.region)).toEqual(["Germany", "India", "USA"]);
});

test("board model: ages are told by the server's clock, not by this browser's", () => {
  const fleet = liveFleet();
  const model = new BoardModel(pageState(fleet));
  const localMs = NOW_MS - 7_200_000;
  model.setStream({ kind: "live" }, localMs);
  model.apply({ type: "frame", data: { board: fleet.board(NOW_MS), seconds: [] } }, localMs);
  model.tick(localMs + 5_000);
  expect(model.connection.value).toEqual({
    tone: "good",
    label: "Live",
    detail: "data 5.0\u202fs old",
  });
});

test("board model: an alert opens, moves to the closed ones, and is never listed twice", () => {
  const fleet = liveFleet();
  const model = new BoardModel(pageState(fleet));
  const alert = fleet.trouble("India", "IND-SRV-1", "critical", NOW_MS);
  model.apply(opened("opened", alert), NOW_MS);
  model.apply(opened("opened", alert), NOW_MS);
  expect(model.alerts.value).toEqual([alert]);
  const closed = { ...alert, closedAtMs: NOW_MS + 60_000, closedBy: "cleared" as const };
  model.apply(opened("closed", closed), NOW_MS);
  expect(model.alerts.value).toEqual([closed]);
});

test("board model: a storm of alerts is one sentence for a screen reader, then silence", () => {
  const fleet = liveFleet();
  const model = new BoardModel(pageState(fleet));
  for (let host = 0; host < 30; host++) {
    model.apply(opened("opened", fleet.trouble("USA", `us-${host}`, "warning", NOW_MS)), NOW_MS);
  }
  model.tick(NOW_MS);
  expect(model.announcement.value).toContain("And 29 more.");
  const said = model.announcement.value;
  model.apply(opened("opened", fleet.trouble("USA", "us-99", "critical", NOW_MS)), NOW_MS);
  model.tick(NOW_MS + 4_000);
  expect(model.announcement.value).toBe(said);
  model.tick(NOW_MS + 5_000);
  expect(model.announcement.value).toStartWith("Critical: us-99 in USA");
});

test("board model: the list of alerts is bounded, open ones stay", () => {
  const fleet = liveFleet();
  const model = new BoardModel(pageState(fleet));
  const open = fleet.trouble("India", "kept", "warning", NOW_MS - 900_000);
  model.apply(opened("opened", open), NOW_MS);
  for (let host = 0; host < 300; host++) {
    const alert = fleet.trouble("USA", `us-${host}`, "critical", NOW_MS);
    model.apply(opened("closed", { ...alert, closedAtMs: NOW_MS + host }), NOW_MS);
  }
  expect(model.alerts.value.length).toBe(100);
  expect(model.alerts.value[0]).toEqual(open);
});

test("board model: a new status is shown without touching the board", () => {
  const model = new BoardModel(pageState());
  const board = model.board.value;
  model.apply({ type: "status", data: fakeStatus(NOW_MS, 99) }, NOW_MS);
  expect(model.status.value.layers.speed.received_lines).toBe(99);
  expect(model.board.value).toBe(board);
});

test("announcement: names the worst and its measure", () => {
  const fleet = liveFleet();
  const changes = [
    { kind: "opened", alert: fleet.trouble("USA", "us-1", "warning", NOW_MS) },
    { kind: "opened", alert: fleet.trouble("India", "IND-2", "critical", NOW_MS) },
  ] as const;
  expect(announcementOf(changes))
    .toBe("Critical: IND-2 in India, temperature 93.4\u202f°C. And 1 more.");
});

const CONNECTIONS = [
  ["live and fresh", { kind: "live" }, 900, "Live", "good"],
  ["live, but nothing new comes", { kind: "live" }, 16_000, "Stalled", "warn"],
  ["lost", { kind: "waiting", retryAtMs: NOW_MS + 4_000, tries: 2 }, 900, "Disconnected", "bad"],
  ["first paint", { kind: "static" }, 900, "Snapshot", "quiet"],
] as const;

for (const [claim, stream, ageMs, label, tone] of CONNECTIONS) {
  test(`connection: ${claim}`, () => {
    const board = { ...liveFleet().board(NOW_MS), headMs: NOW_MS - ageMs };
    expect(connectionView(stream, board, NOW_MS, 1000)).toMatchObject({ label, tone });
  });
}

test("connection: data as old as three slow updates is not stalled", () => {
  const board = { ...liveFleet().board(NOW_MS), headMs: NOW_MS - 100_000 };
  expect(connectionView({ kind: "live" }, board, NOW_MS, 100_000).label).toBe("Live");
});

test("banner: the worst state gives the title, all others are counted", () => {
  const fleet = liveFleet();
  expect(bannerView(fleet.board(NOW_MS)).title).toBe("All 60 hosts normal");
  fleet.trouble("USA", "us-1", "warning", NOW_MS);
  expect(bannerView(fleet.board(NOW_MS)).title).toBe("1 host in warning");
  fleet.trouble("USA", "us-2", "critical", NOW_MS);
  fleet.stalePerRegion = 2;
  expect(bannerView(fleet.board(NOW_MS))).toEqual({
    state: "critical",
    title: "1 host critical",
    detail: "1 warning · 6 hosts silent · 52 hosts normal",
  });
});

test("banner: nothing is well while a source is silent, and worse stays in front", () => {
  const fleet = liveFleet();
  const silent = (...names: string[]) => ({
    watched: 9,
    silent: names.length,
    silent_names: names,
    silent_since: names.map(() => null),
  });
  expect(bannerView(fleet.board(NOW_MS), silent()).state).toBe("ok");
  expect(bannerView(fleet.board(NOW_MS), silent("bmc-7"))).toEqual({
    state: "warning",
    title: "1 source silent",
    detail: "bmc-7 · All 60 hosts normal",
  });
  expect(bannerView(fleet.board(NOW_MS), silent("a", "b", "c", "d")).detail)
    .toBe("a, b, c, … · All 60 hosts normal");
  fleet.trouble("USA", "us-2", "critical", NOW_MS);
  expect(bannerView(fleet.board(NOW_MS), silent("bmc-7"))).toEqual({
    state: "critical",
    title: "1 host critical",
    detail: "1 source silent · 59 hosts normal",
  });
});

test("banner: an alert that is open is not well, though its host has fallen silent", () => {
  const fleet = liveFleet();
  fleet.trouble("USA", "USA-SRV-1", "critical", NOW_MS - 120_000);
  fleet.troubles = [];
  fleet.stalePerRegion = 1;
  expect(bannerView(fleet.board(NOW_MS))).toEqual({
    state: "critical",
    title: "1 critical alert open",
    detail: "3 hosts silent · 57 hosts normal",
  });
});

test("banner: hosts that only history knows are silent, not normal", () => {
  const fleet = liveFleet();
  fleet.stalePerRegion = fleet.options.hostsPerRegion;
  expect(bannerView(fleet.board(NOW_MS)).title).toBe("All 60 hosts silent");
});

test("board model: is settled once the stream is live, lost or asleep, and not before", async () => {
  const model = new BoardModel(pageState());
  let settled = 0;
  void whenSettled(model).then(() => settled++);
  model.setStream({ kind: "connecting" }, NOW_MS);
  await Promise.resolve();
  expect(settled).toBe(0);
  model.setStream({ kind: "live" }, NOW_MS);
  await whenSettled(model);
  await whenSettled(model);
  expect(settled).toBe(1);
});
