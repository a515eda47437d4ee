/**
 * The web server: Hono on the main thread, every path of the API, the event stream and the page.
 * Owns the order of what every request passes (host, origin, token, size) and the listening
 * socket; reads the store and the hub, hands agents' lines on to the speed layer, and changes nothing
 * but the generator's rate and an alert's acknowledgement.
 */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { methodNotAllowed } from "hono/method-not-allowed";
import { mountAlertRules } from "../routes/api_alert_rules.ts";
import { mountAlerts } from "../routes/api_alerts.ts";
import { mountBoard } from "../routes/api_board.ts";
import { mountDeadLetters } from "../routes/api_dead_letters.ts";
import { mountGrid } from "../routes/api_grid.ts";
import { mountHeatmap } from "../routes/api_heatmap.ts";
import { mountHistogram } from "../routes/api_histogram.ts";
import { mountHostAlerts } from "../routes/api_host_alerts.ts";
import { mountHosts } from "../routes/api_hosts.ts";
import { mountOddReadings } from "../routes/api_odd_readings.ts";
import { mountOrigins } from "../routes/api_origins.ts";
import { mountOutliers } from "../routes/api_outliers.ts";
import { mountReadings } from "../routes/api_readings.ts";
import { mountRegions } from "../routes/api_regions.ts";
import { mountSeries } from "../routes/api_series.ts";
import { mountAssets } from "../routes/assets.ts";
import { mountEvents } from "../routes/events.ts";
import { mountGenerator } from "../routes/api_generator.ts";
import { mountHealth } from "../routes/health.ts";
import { mountIngest } from "../routes/ingest.ts";
import { mountInflux } from "../routes/ingest_influx.ts";
import { mountOtlp } from "../routes/ingest_otlp.ts";
import { mountRemoteWrite } from "../routes/ingest_remote_write.ts";
import { mountLogin } from "../routes/login.tsx";
import { mountRuns } from "../routes/api_runs.ts";
import { mountUpkeep } from "../routes/api_upkeep.ts";
import { mountSources } from "../routes/api_sources.ts";
import { mountStatus } from "../routes/api_status.ts";
import { mountPage } from "../routes/page.tsx";
import { mountTimeline } from "../routes/api_timeline.ts";
import { LIMITS } from "./limits.ts";
import type { Log } from "./log.ts";
import { type Address, formatAddress } from "./runtime/address.ts";
import {
  type Certificate,
  type CertificateFiles,
  readCertificate,
  watchCertificate,
} from "./runtime/certificate.ts";
import { type Clock, delay } from "./runtime/clock.ts";
import { createAccess } from "./server/access.ts";
import { agentGuard, isAgent } from "./server/agent_access.ts";
import { compression } from "./server/compression.ts";
import type { ServerContext, ServerEnv } from "./server/context.ts";
import { heavyWork } from "./server/heavy_work.ts";
import { hostGuard } from "./server/host_guard.ts";
import { errorResponse, HttpError, toHttpError } from "./server/http_error.ts";
import { IngestCounter } from "./server/ingest_counts.ts";
import { isIngestPath } from "./server/ingest_paths.ts";
import { LoopLag } from "./server/loop_lag.ts";
import { RequestCounter } from "./server/request_counter.ts";
import { securityHeaders } from "./server/security_headers.ts";

export type { ServerContext } from "./server/context.ts";

/** The whole site over `context`; `app.request("/api/status")` needs no port. */
export function createApp(context: ServerContext): Hono<ServerEnv> {
  const app = new Hono<ServerEnv>();
  const { config, clock } = context;
  const log = context.log.area("http");
  const requests = new RequestCounter();
  const ingested = new IngestCounter();
  const heavy = heavyWork(clock);
  const access = config.token === null
    ? null
    : createAccess(config.token, clock, context.controlKey);

  app.use(requests.middleware());
  app.use(securityHeaders());
  app.use(hostGuard(config));
  const { agentTokens } = context;
  if (access !== null) {
    app.use((c, next) => isAgent(c, agentTokens) ? next() : access.guard(c, next));
  } else if (agentTokens !== undefined) app.use(agentGuard(agentTokens));
  app.use(compression());
  const limit = bodyLimit({ maxSize: LIMITS.requestBytesMax, onError: () => refuseBody() });
  // Bodies of lines have a limit of their own, held while they are read.
  app.use((c, next) => isIngestPath(c.req.path) ? next() : limit(c, next));
  app.use(methodNotAllowed({ app, onMethodNotAllowed: (_, allowed) => refuseMethod(allowed) }));

  mountHealth(app, context, { requests, ingested, gate: heavy.gate });
  mountLogin(app, access);
  mountPage(app, context, heavy);
  mountAssets(app, context);
  mountEvents(app, context);
  mountStatus(app, context);
  mountBoard(app, context, heavy);
  mountRegions(app, context);
  mountTimeline(app, context);
  mountSeries(app, context);
  mountHistogram(app, context);
  mountHeatmap(app, context);
  mountHosts(app, context);
  mountGrid(app, context, heavy);
  mountOutliers(app, context, heavy);
  mountReadings(app, context);
  mountOrigins(app, context, heavy);
  mountOddReadings(app, context, heavy);
  mountAlerts(app, context);
  mountAlertRules(app, context);
  mountHostAlerts(app, context);
  mountDeadLetters(app, context);
  mountRuns(app, context);
  mountSources(app, context);
  mountGenerator(app, context);
  mountUpkeep(app, context);
  for (const mount of [mountIngest, mountInflux, mountOtlp, mountRemoteWrite]) {
    mount(app, { context, counter: ingested });
  }

  app.notFound((c) =>
    errorResponse(
      new HttpError(404, "not_found", `There is nothing at ${JSON.stringify(c.req.path)}.`),
    )
  );
  app.onError((error, c) => {
    if (error instanceof HTTPException) {
      const code = error.status >= 500 ? "internal" : "bad_request";
      return errorResponse(new HttpError(error.status, code, error.message));
    }
    return errorResponse(toHttpError(error, log, `${c.req.method} ${c.req.path}`));
  });
  return app;
}

export interface StartOptions {
  /** Port 0 takes a free one. */
  readonly address: Address;
  /** Null: in the clear. */
  readonly tls?: CertificateFiles | null;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RunningServer {
  /** What to open in a browser: `http://127.0.0.1:8080/`. */
  readonly url: string;
  readonly port: number;
  /** Ends event streams, lets answers under way finish for LIMITS.httpDrainMsMax, then closes. */
  stop(): Promise<void>;
}

/** @throws {Error} where address or certificate can't be had, naming it and what to do. */
export function startServer(app: Hono<ServerEnv>, options: StartOptions): RunningServer {
  const { address, tls = null, clock, log } = options;
  const stopping = new AbortController();
  const loopLag = new LoopLag(clock);
  const env = { stopping: stopping.signal, loopLag };
  const certificate = tls === null ? null : readCertificate(tls, clock.nowMs());
  const servers = [listen(app, address, { certificate, env, log })];
  loopLag.start();
  const port = servers[0]!.port ?? address.port;
  // Bun has no way to hand a listening server another certificate: a new one takes its port, and
  // what is connected to the old one goes on there.
  const stopWatching = tls === null ? () => {} : watchCertificate(tls, {
    clock,
    onRefused: (reason) => log.warn("the certificate in use stays", { reason }),
    onChange: (renewed) => {
      void servers.at(-1)!.stop(false);
      servers.push(listen(app, { ...address, port }, { certificate: renewed, env, log }));
      log.info("a new certificate is in use", { certificate: tls.certPath });
    },
  });
  const scheme = tls === null ? "http" : "https";
  return {
    port,
    url: `${scheme}://${formatAddress({ hostname: reachable(address.hostname), port })}/`,
    stop: async () => {
      stopWatching();
      loopLag.stop();
      stopping.abort();
      const drained = Promise.all(servers.map((server) => server.stop(false)));
      await Promise.race([drained, delay(clock, LIMITS.httpDrainMsMax)]);
      await Promise.all(servers.map((server) => server.stop(true)));
    },
  };
}

function listen(
  app: Hono<ServerEnv>,
  address: Address,
  { certificate, env, log }: {
    readonly certificate: Certificate | null;
    readonly env: { readonly stopping: AbortSignal; readonly loopLag: LoopLag };
    readonly log: Log;
  },
) {
  try {
    return Bun.serve({
      hostname: address.hostname,
      port: address.port,
      ...(certificate === null ? {} : { tls: certificate }),
      idleTimeout: LIMITS.httpIdleMsMax / 1_000,
      // What is larger Bun refuses without a word; up to twice the bound it is told, and counted.
      maxRequestBodySize: 2 * LIMITS.httpBodyBytesMax,
      fetch: (request, server) => app.fetch(request, { ...env, server }),
      error: (error) => errorResponse(toHttpError(error, log, "outside of any route")),
    });
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    throw new Error(
      `Cannot listen on ${formatAddress(address)}: ` +
        (taken
          ? "another program does already; stop it or choose another --http"
          : (error as Error).message),
      { cause: error },
    );
  }
}

/** An address to dial where one listens on all of them. */
function reachable(hostname: string): string {
  return hostname === "0.0.0.0" ? "127.0.0.1" : hostname === "::" ? "::1" : hostname;
}

function refuseBody(): Response {
  return errorResponse(
    new HttpError(
      413,
      "body_too_large",
      `Cannot read the body: at most ${LIMITS.requestBytesMax} bytes.`,
    ),
  );
}

function refuseMethod(allowed: readonly string[]): Response {
  const list = allowed.join(", ");
  return errorResponse(
    new HttpError(405, "method_not_allowed", `This path takes ${list}.`, { Allow: list }),
  );
}
