/**
 * Where lines come in: the feed that is dialled, agents that connect, requests, targets that are
 * asked. All go through one intake, so one bound and one order hold for them. Owns what is said of
 * each, and the order in which they are closed.
 */
import type { RunWriter } from "../../archive/run_writer.ts";
import { type IngestOutcome, refusedLines } from "../../model/ingest.ts";
import type { ConnectionState } from "../../model/status.ts";
import { type Address, formatAddress } from "../../runtime/address.ts";
import { AgentTokens } from "../../runtime/agent_tokens.ts";
import { dial } from "../../sources/socket_dial.ts";
import { type OnBlock, SocketIntake } from "../../sources/socket_intake.ts";
import type { Listener } from "../../sources/socket_listen.ts";
import type { SpeedStart } from "../messages.ts";
import { listenToAgents } from "./agent_listener.ts";
import type { SpeedTools } from "./layer.ts";
import type { LiveMapping } from "./live_mapping.ts";
import { RequestIntake } from "./request_intake.ts";
import { Scrapers } from "./scrape/scrapers.ts";
import type { SpeedParts } from "./status.ts";

export interface WaysInOptions {
  readonly start: SpeedStart;
  readonly tools: Pick<SpeedTools, "network" | "clock" | "random" | "log">;
  readonly mapping: LiveMapping;
  readonly onBlock: OnBlock;
  /** Lines could not be archived. */
  readonly onFailure: (error: unknown) => void;
  /** The run under way; null before it is open. */
  readonly archive: () => Pick<RunWriter, "state" | "streamLines"> | null;
  /** Aborts when nothing further is to be taken. */
  readonly stopping: AbortSignal;
}

export class WaysIn {
  readonly #options: WaysInOptions;
  readonly #intake: SocketIntake;
  readonly #requests: RequestIntake;
  readonly #scrapers: Scrapers;
  readonly #agentTokens: AgentTokens;
  #isOpen = false;
  #connection: ConnectionState = "idle";
  #agents = 0;
  #brokenStreams = 0;
  readonly #refusedAgents = new Map<string, number>();
  #reconnects = 0;
  #dialError: string | null = null;
  #dialling: Promise<void> | null = null;
  /** The connections to the feed, now and before: lines of the latter may be on their way. */
  #dialledIds: readonly number[] = [];
  #listener: Pick<Listener, "port" | "stop"> | null = null;
  #listening: string | null = null;

  /** @throws {DeclarationError} for a table that is no target. */
  constructor(options: WaysInOptions) {
    this.#options = options;
    const { start, tools, mapping, stopping, onBlock, onFailure } = options;
    const { clock, random, log } = tools;
    this.#intake = new SocketIntake({ onBlock, onFailure, log });
    this.#requests = new RequestIntake(this.#intake, {
      isDiskFull: () => this.#isDiskFull,
      stopping,
    });
    this.#scrapers = new Scrapers({
      tables: { scrapes: start.scrapes ?? [], redfish: start.redfish ?? [] },
      where: start.configFile ?? "configuration",
      mapping,
      archive: (lines) => this.#requests.take(lines),
      isHeld: () => this.#intake.paused || this.#isDiskFull,
      clock,
      random,
      log,
    });
    this.#agentTokens = new AgentTokens(
      start.dataDir,
      (reason) => log.error("no agent is let in by a token of its own", { reason }),
    );
  }

  /** Opens all of them; resolves when targets are asked no more. */
  open(): Promise<void> {
    this.#isOpen = true;
    const { log } = this.#options.tools;
    if (!this.#agentTokens.isEmpty && this.#agentTokens.names.length === 0) {
      log.warn("no agent is let in: the last token of one was taken back; see token list");
    }
    const { feed, listen } = this.#options.start;
    if (feed !== null) this.#dial(feed);
    if (listen !== null) this.#listen(listen);
    return this.#scrapers.run(this.#options.stopping);
  }

  /** Lines of one HTTP request; resolves once they are archived, or with the reason why not. */
  ingest(lines: Uint8Array): Promise<IngestOutcome> {
    if (this.#isOpen) return this.#requests.take(lines);
    const reason = this.#options.stopping.aborted ? "stopping" : "starting";
    return Promise.resolve(refusedLines(reason, false));
  }

  /** Whoever takes the lines can't keep up for the moment. */
  hold(isHeld: boolean): void {
    this.#intake.hold(isHeld);
  }

  /** Whether it is, or was until now, the feed's. */
  isDialled(connectionId: number): boolean {
    return this.#dialledIds.includes(connectionId);
  }

  /** After `stopping`: resolves once all that came is archived. Twice is once. */
  async close(): Promise<void> {
    this.#listener?.stop();
    this.#listener = null;
    await this.#dialling;
    await this.#intake.idle();
  }

  /** When each agent with a token of its own sent something the last time, epoch ms by name. */
  get agentsHeard(): ReadonlyMap<string, number> {
    return this.#agentTokens.heard;
  }

  get status(): Pick<
    SpeedParts,
    | "connection"
    | "agents"
    | "brokenStreams"
    | "refusedAgents"
    | "cutLines"
    | "cutBytes"
    | "reconnects"
    | "scrapes"
    | "listening"
    | "dialError"
  > {
    const { cutLines, cutBytes } = this.#intake.stats();
    return {
      cutLines,
      cutBytes,
      connection: this.#connection,
      agents: this.#agents,
      brokenStreams: this.#brokenStreams,
      refusedAgents: Object.fromEntries(this.#refusedAgents),
      reconnects: this.#reconnects,
      scrapes: this.#isOpen ? this.#scrapers.status : [],
      listening: this.#listening === null ? null : `${this.#scheme}://${this.#listening}`,
      dialError: this.#dialError,
    };
  }

  /** What they are, for the archive's manifest. */
  get sources(): string[] {
    const { feed, listen } = this.#options.start;
    return [
      ...(feed === null ? [] : [`dialled tcp://${formatAddress(feed)}`]),
      ...(listen === null ? [] : [`listening on ${this.#scheme}://${formatAddress(listen)}`]),
    ];
  }

  get #scheme(): string {
    return this.#options.start.tls ? "tls" : "tcp";
  }

  get #isDiskFull(): boolean {
    return this.#options.archive()?.state === "full";
  }

  #dial(feed: Address): void {
    const { tools, stopping } = this.#options;
    this.#dialling = dial({
      ...tools,
      address: `tcp://${formatAddress(feed)}`,
      intake: {
        connect: (socket, options) => {
          const connection = this.#intake.connect(socket, options);
          this.#dialledIds = [connection.id, ...this.#dialledIds.slice(0, 1)];
          return connection;
        },
      },
      onState: ({ state, reconnects, lastError }) => {
        this.#connection = state;
        this.#reconnects = reconnects;
        this.#dialError = state === "connected" ? null : lastError;
      },
      signal: stopping,
    });
  }

  #listen(address: Address): void {
    const { start: { feed, token, tls = null }, tools, archive } = this.#options;
    const { network, clock, log } = tools;
    this.#listener = listenToAgents(tls, {
      ...address,
      token,
      agentTokens: this.#agentTokens,
      hear: (name) => this.#agentTokens.hear(name, clock.nowMs()),
      intake: this.#intake,
      streamLines: (stream) => archive()?.streamLines(stream) ?? 0,
      onConnections: (count) => this.#agents = count,
      onBrokenStream: () => this.#brokenStreams++,
      onRefused: (code) => {
        this.#refusedAgents.set(code, (this.#refusedAgents.get(code) ?? 0) + 1);
      },
      network,
      clock,
      log,
    });
    this.#listening = formatAddress({ hostname: address.hostname, port: this.#listener.port });
    if (feed === null) this.#connection = "listening";
    log.info("listening for agents", { address: this.#listening, tls: tls !== null });
  }
}
