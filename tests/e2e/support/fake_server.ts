/**
 * The page's counterpart for tests: serves the real page and its real files, and speaks `/events`
 * and the API from a fake fleet. Everything that goes wrong in life can be switched on.
 */
import type { AlertChange } from "../../../src/model/alert.ts";
import type { Metric } from "../../../src/model/reading.ts";
import type { Status } from "../../../src/model/status.ts";
import { assetUrls, loadClientAssets } from "../../../src/assets/client_assets.ts";
import { viewOf } from "../../../src/browser/address.ts";
import { CONTENT_SECURITY_POLICY } from "../../../src/server/security_headers.ts";
import { renderPage } from "../../../routes/page.tsx";
import { FakeFleet, type FleetOptions } from "./fake_fleet.ts";
import { fakeStatus } from "./fake_status.ts";

interface Client {
  readonly intervalMs: number;
  send(type: string, data: unknown): void;
  close(): void;
}

export class FakeServer {
  readonly fleet: FakeFleet;
  readonly #server: Bun.Server<undefined>;
  readonly #clients = new Set<Client>();
  readonly #timers = new Map<Client, ReturnType<typeof setInterval>>();
  readonly requests: string[] = [];
  status: Status = fakeStatus(Date.now());
  /** Answers 503 on `/events` while true. */
  refusing = false;
  /** No new readings while true; frames go on. */
  stalled = false;
  generatorError: string | null = null;
  /** Frames sent so far, to all clients together. */
  frames = 0;
  #lastId = Date.now() * 1000;
  #lastSecond = 0;
  /** By how much this server's time has been hurried. */
  #aheadMs = 0;

  private constructor(fleet: FakeFleet, server: (self: FakeServer) => Bun.Server<undefined>) {
    this.fleet = fleet;
    this.#server = server(this);
  }

  static async start(
    options: Partial<FleetOptions> & { empty?: boolean } = {},
  ): Promise<FakeServer> {
    const assets = await loadClientAssets();
    const fleet = new FakeFleet(options);
    const self = new FakeServer(fleet, (fake) =>
      Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        idleTimeout: 0,
        fetch: (request) => {
          const url = new URL(request.url);
          fake.requests.push(request.method + " " + url.pathname + url.search);
          const asset = assets.get(url.pathname);
          if (asset !== undefined) {
            return new Response(asset.body, { headers: { "content-type": asset.type } });
          }
          return fake.#answer(url, request, assetUrls(assets));
        },
      }));
    if (!options.empty) self.#advance(Date.now());
    return self;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  get clients(): number {
    return this.#clients.size;
  }

  alert(change: AlertChange): void {
    for (const client of this.#clients) client.send("alert", change);
  }

  /** As many frames at once, each so much later than the one before. */
  hurry(frames: number, stepMs: number): void {
    for (let frame = 0; frame < frames; frame++) {
      this.#aheadMs += stepMs;
      this.#frame([...this.#clients]);
    }
  }

  /** Every stream breaks off. */
  dropStreams(): void {
    for (const client of [...this.#clients]) client.close();
  }

  async stop(): Promise<void> {
    this.dropStreams();
    await this.#server.stop(true);
  }

  #advance(nowMs: number) {
    const second = Math.floor(nowMs / 1000);
    if (this.stalled || second === this.#lastSecond) return [];
    this.#lastSecond = second;
    return this.fleet.second(nowMs);
  }

  async #answer(url: URL, request: Request, assets: ReturnType<typeof assetUrls>) {
    const query = url.searchParams;
    const metric = (query.get("metric") ?? "cpu_load") as Metric;
    const from = Number(query.get("from")), to = Number(query.get("to"));
    switch (url.pathname) {
      case "/":
        return this.#page(url.search, assets);
      case "/events":
        return this.#events(Number(query.get("hz") ?? 1));
      case "/api/series": {
        const stepMs = Math.ceil((to - from) / Number(query.get("points")) / 10_000) * 10_000;
        const { stepMs: step_ms, ...rest } = this.fleet.series(
          query.get("region") ?? "",
          metric,
          from,
          to,
          stepMs,
        );
        return Response.json({ step_ms, ...rest });
      }
      case "/api/histogram":
        return Response.json(this.fleet.histogram());
      case "/api/hosts":
        return Response.json({ hosts: this.fleet.silentHosts(Date.now()), next: null });
      case "/api/board":
        return Response.json({ board: this.fleet.board(Number(query.get("at"))) });
      case "/api/timeline":
        return Response.json(this.#timeline());
      case "/api/alerts":
        return Response.json({ alerts: this.fleet.alerts });
      case "/api/generator":
        return this.#generator(await request.json());
      default:
        return /^\/api\/alerts\/[^/]+\/acknowledge$/.test(url.pathname)
          ? Response.json({})
          : Response.json({ error: { code: "not_found", message: "No such path." } }, {
            status: 404,
          });
    }
  }

  #page(search: string, assets: ReturnType<typeof assetUrls>): Response {
    const toMs = Date.now();
    const { range } = viewOf(search, toMs);
    const fromMs = toMs - range.ms;
    const { fleet } = this;
    const text = renderPage({
      board: fleet.board(toMs),
      status: this.status,
      search,
      past: null,
      series: fleet.headMs === null
        ? []
        : fleet.options.regions.map((region) =>
          fleet.series(region, "cpu_load", fromMs, toMs, range.ms / range.points)
        ),
      histogram: fleet.headMs === null ? null : fleet.histogram(),
      alerts: fleet.alerts,
      assets,
    });
    return new Response(text, {
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": CONTENT_SECURITY_POLICY,
      },
    });
  }

  #timeline() {
    const head = Date.now(), first = head - 3_600_000;
    const t = Array.from({ length: 60 }, (_, minute) => first + minute * 60_000);
    const alerts = {
      warning: t.map(() => 0),
      critical: t.map((_, minute) => minute === 30 ? 1 : 0),
    };
    return { first, head, step_ms: 60_000, t, count: t.map(() => 1_200), alerts };
  }

  #generator(body: { rate: number }): Response {
    if (this.generatorError !== null) {
      const error = { code: "no_generator", message: this.generatorError };
      return Response.json({ error }, { status: 409 });
    }
    const { layers } = this.status;
    const generator = { ...layers.generator, rate: body.rate };
    this.status = { ...this.status, layers: { ...layers, generator } };
    for (const client of this.#clients) client.send("status", this.status);
    return Response.json(body);
  }

  #events(hz: number): Response {
    if (this.refusing) return new Response("busy", { status: 503 });
    const encoder = new TextEncoder();
    let client: Client;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        client = {
          intervalMs: 1000 / hz,
          send: (type, data) => {
            const text = `event: ${type}\nid: ${++this.#lastId}\ndata: ${JSON.stringify(data)}\n\n`;
            controller.enqueue(encoder.encode(text));
          },
          close: () => {
            this.#leave(client);
            controller.close();
          },
        };
        this.#join(client);
      },
      cancel: () => this.#leave(client),
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  #join(client: Client): void {
    this.#clients.add(client);
    const nowMs = Date.now() + this.#aheadMs;
    const seconds = this.fleet.headMs === null ? [] : this.#advance(nowMs);
    client.send("snapshot", { board: this.fleet.board(nowMs), seconds, status: this.status });
    this.#timers.set(client, setInterval(() => this.#frame([client]), client.intervalMs));
  }

  #frame(clients: readonly Client[]): void {
    const atMs = Date.now() + this.#aheadMs;
    const seconds = this.#advance(atMs);
    this.frames++;
    for (const client of clients) client.send("frame", { board: this.fleet.board(atMs), seconds });
  }

  #leave(client: Client): void {
    this.#clients.delete(client);
    clearInterval(this.#timers.get(client));
    this.#timers.delete(client);
  }
}
