import { expect, test } from "bun:test";
import type { ReconciliationStatus, Status } from "../../src/model/status.ts";
import { layerViews } from "../../src/browser/layer_views.ts";
import { timeFormat } from "../../src/browser/times.ts";
import { fakeStatus } from "../e2e/support/fake_status.ts";
import { NOW_MS } from "./samples.ts";

function batchCard(change: Partial<ReconciliationStatus>) {
  const status: Status = fakeStatus(NOW_MS);
  const reconciliation = { ...status.reconciliation, ...change };
  const views = layerViews({ ...status, reconciliation }, timeFormat("America/New_York"));
  return views.find((view) => view.name === "batch")!;
}

test("the batch layer's card says up to when it is reconciled, in the viewer's zone", () => {
  const card = batchCard({ reconciled_up_to: new Date(NOW_MS - 3_600_000).toISOString() });
  expect(card).toMatchObject({ tone: "good", word: "Up to date", error: null });
  expect(card.facts).toContainEqual(["Reconciled up to", "20:42:56"]);
});

test("without a reconciliation the card does not speak of one", () => {
  const { facts } = batchCard({ reconciled_up_to: null });
  expect(facts.map(([label]) => label)).not.toContain("Reconciled up to");
});

test("a difference from the archive is a warning with the first one in words", () => {
  const card = batchCard({ differing_buckets: 2, first_difference: "run: USA, 10 s: readings" });
  expect(card).toMatchObject({ tone: "warn", word: "Differs", error: "run: USA, 10 s: readings" });
});

test("the speed layer's card says how many targets answer, and why one does not", () => {
  const status = fakeStatus(NOW_MS);
  const scrape = {
    kind: "exporter",
    url: "http://rack-7:9100/metrics",
    insecure_tls: false,
    token_in_clear: false,
    up: true,
    last_scrape: null,
    last_record: null,
    duration_ms: 3,
    series: 1,
    sensors: [],
    scrapes: 1,
    failures: 0,
    dropped: 0,
    error: null,
  } as const;
  const down = { ...scrape, url: "http://rack-8:9100/metrics", up: false, error: "it answers 404" };
  const cardOf = (scrapes: Status["layers"]["speed"]["scrapes"]) => {
    const speed = { ...status.layers.speed, scrapes };
    const views = layerViews({ ...status, layers: { ...status.layers, speed } }, timeFormat("UTC"));
    return views.find((view) => view.name === "speed")!;
  };
  const card = cardOf([scrape, down]);
  expect(card.facts).toContainEqual(["Scraped", "1 of 2 targets up"]);
  expect(card.error).toBe("http://rack-8:9100/metrics can't be scraped: it answers 404");
  const unchecked = { ...scrape, insecure_tls: true };
  expect(cardOf([unchecked]).facts).toContainEqual(["Certificates", "of 1 target not checked"]);
  const inClear = { ...scrape, token_in_clear: true };
  expect(cardOf([inClear]).facts).toContainEqual(["Tokens", "of 1 target unencrypted"]);
  const labels = card.facts.map(([label]) => label);
  expect(labels).not.toContain("Certificates");
  expect(labels).not.toContain("Tokens");
  expect(cardOf([]).facts.map(([label]) => label)).not.toContain("Scraped");
});

test("the speed layer's card names declared sources that are not heard, and only then", () => {
  const status = fakeStatus(NOW_MS);
  const factsOf = (sources: Status["sources"]) =>
    layerViews({ ...status, sources }, timeFormat("UTC"))
      .find((view) => view.name === "speed")!.facts;
  expect(factsOf({ watched: 9, silent: 3, silent_names: ["lab", "rack-7"], silent_since: [] }))
    .toContainEqual(["Silent", "lab, rack-7, 1 more"]);
  expect(
    factsOf({ watched: 9, silent: 0, silent_names: [], silent_since: [] }).map(([label]) => label),
  )
    .not.toContain("Silent");
});
