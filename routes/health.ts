/**
 * `/healthz`: the process answers. `/readyz`: it can do its work, or says what is missing.
 * `/metrics`: every counter, for Prometheus.
 */
import type { Hono } from "hono";
import type { Status } from "../src/model/status.ts";
import type { AdmissionGate } from "../src/server/admission.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import type { IngestCounter } from "../src/server/ingest_counts.ts";
import { measure } from "../src/server/metric_catalogue.ts";
import { encodeFamilies, PROMETHEUS_TYPE } from "../src/server/prometheus.ts";
import type { RequestCounter } from "../src/server/request_counter.ts";
import { jsonAnswer } from "./answer.ts";
import { readParameters } from "./parameters.ts";

export interface HealthCounters {
  readonly requests: RequestCounter;
  readonly ingested: IngestCounter;
  readonly gate: AdmissionGate;
}

export function mountHealth(
  app: Hono<ServerEnv>,
  context: ServerContext,
  { requests, ingested, gate }: HealthCounters,
): void {
  app.get("/healthz", () => jsonAnswer({ live: true }));

  app.get("/readyz", () => {
    const missing = missingForWork(context.status(), context.database() !== null);
    return jsonAnswer({ ready: missing.length === 0, missing }, missing.length === 0 ? 200 : 503);
  });

  app.get("/metrics", (c) => {
    readParameters(c.req.url, {});
    const lagMs = c.env?.loopLag?.worstMs() ?? null;
    const { user, system } = process.cpuUsage();
    const families = measure({
      status: context.status(),
      sseClients: context.hub.clients,
      streams: context.hub.counters,
      requests: requests.counts(),
      ingested: ingested.counts(),
      heavy: gate.state,
      sources: context.sources?.() ?? [],
      eventLoopLagSeconds: lagMs === null ? null : lagMs / 1_000,
      process: {
        residentBytes: process.memoryUsage.rss(),
        cpuSeconds: (user + system) / 1e6,
        startedAtSeconds: performance.timeOrigin / 1_000,
      },
    });
    return new Response(encodeFamilies(families), { headers: { "Content-Type": PROMETHEUS_TYPE } });
  });
}

/** What has to happen before it is ready, each in words; empty when it is. */
export function missingForWork(status: Status, storeOpen: boolean): string[] {
  const missing: string[] = [];
  const { store, layers: { speed } } = status;
  if (store.state !== "ready" || !storeOpen) {
    missing.push(
      `the hot store (${store.where}) is ${store.state === "ready" ? "not open" : store.state}` +
        (store.last_error === null ? "" : `: ${store.last_error}`),
    );
  }
  if (speed.state === "paused") {
    missing.push("the archive's disk is full: senders are paused until it has room");
  }
  const working = speed.state === "running" || speed.state === "paused" || speed.state === "off";
  if (!working) {
    missing.push(
      `the speed layer is ${speed.state.replace("_", " ")}` +
        (speed.last_error === null ? "" : `: ${speed.last_error}`),
    );
  }
  return missing;
}
