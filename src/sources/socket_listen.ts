/**
 * Listens for agents that push lines. Bounded on every side: the number of connections, how long one
 * may be quiet, how long it may take to send its token. A connection that is refused gets one JSON
 * line that says why, `{"error":{"code","message"}}`, and is closed; the others never notice. Agents
 * that ask for it are told what is archived (docs/PROTOCOL.md, "Acknowledgement").
 */
import { LIMITS } from "../limits.ts";
import type { Log } from "../log.ts";
import type { Certificate } from "../runtime/certificate.ts";
import type { Clock } from "../runtime/clock.ts";
import { type Network, REAL_NETWORK } from "../runtime/sockets.ts";
import { formatAddress } from "../runtime/address.ts";
import { Agent, type AgentSocket, type AgentTokenList } from "./agent.ts";
import { DecoderRoom, type InflowFault } from "./agent_inflow.ts";
import type { SocketIntake } from "./socket_intake.ts";
import { StreamHolders } from "./stream_holders.ts";

export interface ListenOptions {
  readonly hostname: string;
  /** 0 takes a free port; the listener says which. */
  readonly port: number;
  /** When set, an agent's first line must be `{"token": "…"}`; it is never handed on. */
  readonly token: string | null;
  /** Of agents by name: they count as the token does, until they are taken back. */
  readonly agentTokens?: AgentTokenList;
  /** TLS from the first byte; null: in the clear. */
  readonly certificate?: Certificate | null;
  /** Told the name of an agent with a token of its own whenever it sent something. */
  readonly hear?: (name: string) => void;
  readonly intake: SocketIntake;
  /** Lines of an acknowledged stream that are archived; 0 for one that is not known. */
  readonly streamLines: (stream: string) => number;
  /** Told the number of connections whenever it changes. */
  readonly onConnections: (connections: number) => void;
  /** Told of each compressed stream that could not be read to its end. */
  readonly onBrokenStream?: () => void;
  /** Told the code of each connection that is refused or cut, as it is told itself. */
  readonly onRefused?: (code: string) => void;
  readonly network?: Network | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly connectionsMax?: number;
  readonly idleMsMax?: number;
  readonly decodersBytesMax?: number;
}

export interface Listener {
  readonly hostname: string;
  readonly port: number;
  /** New connections get this certificate; those that are there go on. */
  renew(certificate: Certificate): void;
  /** Closes the port and every connection; their unfinished lines are handed on first. */
  stop(): void;
}

const LINGER_MS = 1_000;
const NO_TOKENS: AgentTokenList = { isEmpty: true, whose: () => null, holds: () => false };

/** @throws {Error} where the port can't be had; the message names the address. */
export function listen(options: ListenOptions): Listener {
  const agents = new Set<Agent>();
  const connectionsMax = options.connectionsMax ?? LIMITS.listenConnectionsMax;
  const { clock, intake, log, token, streamLines } = options;

  const disconnect = (agent: Agent) => {
    if (agents.delete(agent)) options.onConnections(agents.size);
  };
  const leave = (agent: Agent) => {
    agent.leave();
    disconnect(agent);
  };
  const refuse = (agent: Agent, code: string, message: string) => {
    log.warn("agent refused", { from: agent.from, code, reason: message });
    options.onRefused?.(code);
    const unsent = agent.unsentAck();
    agent.cut();
    // One whose socket is closed hears nothing.
    if (!agents.has(agent)) return;
    disconnect(agent);
    agent.socket.data = null;
    sayAndClose(agent.socket, code, message, { clock, unsent });
  };
  const broken = (agent: Agent, { code, message }: InflowFault) => {
    options.onBrokenStream?.();
    refuse(agent, code, message);
  };
  const { agentTokens = NO_TOKENS } = options;
  const holders = new StreamHolders();
  const decoders = new DecoderRoom(options.decodersBytesMax);
  const agentOptions = {
    intake,
    token,
    agentTokens,
    streamLines,
    refuse,
    broken,
    holders,
    decoders,
    clock,
    ...(options.hear === undefined ? {} : { hear: options.hear }),
  };

  const handler: Bun.SocketHandler<Agent | null> = {
    open(socket) {
      if (agents.size >= connectionsMax) {
        socket.data = null;
        const message = `at most ${connectionsMax} connections; try again later`;
        // No line in the log for each: whoever dials again and again would fill it.
        options.onRefused?.("too_many_connections");
        return sayAndClose(socket, "too_many_connections", message, { clock });
      }
      const agent = new Agent(socket, agentOptions);
      socket.data = agent;
      agents.add(agent);
      options.onConnections(agents.size);
    },
    data: (socket, bytes) => socket.data?.receive(bytes),
    drain: (socket) => socket.data?.drain(),
    end: (socket) => void (socket.data === null ? socket.end() : socket.data.finish()),
    close(socket) {
      if (socket.data) leave(socket.data);
    },
    error: (socket, error) => {
      log.debug("agent's connection failed", { error });
      if (socket.data) leave(socket.data);
    },
  };
  let server = open(options, options.port, options.certificate ?? null, handler);
  const { port } = server;

  const stopSweeping = sweep(options, agents, refuse);
  return {
    hostname: options.hostname,
    port,
    renew(certificate) {
      server.stop(false);
      server = open(options, port, certificate, handler);
    },
    stop() {
      stopSweeping();
      for (const agent of [...agents]) {
        leave(agent);
        // Those of an earlier certificate are no connections of this server's.
        agent.socket.end();
      }
      server.stop(true);
    },
  };
}

function open(
  { hostname, network }: ListenOptions,
  port: number,
  certificate: Certificate | null,
  socket: Bun.SocketHandler<Agent | null>,
): Bun.TCPSocketListener<Agent | null> {
  try {
    return (network ?? REAL_NETWORK).listen<Agent | null>({
      hostname,
      port,
      ...(certificate === null ? {} : { tls: certificate }),
      socket,
      data: null,
      allowHalfOpen: true,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot listen on ${formatAddress({ hostname, port })}: ${reason}`, { cause });
  }
}

/** Cuts agents that are quiet for too long, owe their token for too long, or have lost it. */
function sweep(
  options: ListenOptions,
  agents: ReadonlySet<Agent>,
  refuse: (agent: Agent, code: string, message: string) => void,
): () => void {
  const { clock, intake } = options;
  const idleMsMax = options.idleMsMax ?? LIMITS.listenIdleMsMax;
  const everyMs = Math.min(idleMsMax, LIMITS.listenTokenMsMax) / 4;
  let cancel = clock.after(everyMs, look);
  function look() {
    const nowMs = clock.monotonicMs();
    for (const agent of [...agents]) {
      // Who is paused by us can't be heard.
      if (intake.paused) agent.heardMs = nowMs;
      const quietMs = nowMs - agent.heardMs;
      if (agent.isRevoked) refuse(agent, "unauthorized", "the token was revoked");
      else if (agent.owesToken && quietMs >= LIMITS.listenTokenMsMax) {
        refuse(agent, "unauthorized", `no token within ${LIMITS.listenTokenMsMax} ms`);
      } else if (quietMs >= idleMsMax) {
        refuse(agent, "idle", `nothing was sent for ${idleMsMax} ms`);
      }
    }
    cancel = clock.after(everyMs, look);
  }
  return () => cancel();
}

/** One line that says why, then the end; a peer that doesn't close in turn is cut off. */
function sayAndClose(
  socket: AgentSocket,
  code: string,
  message: string,
  { clock, unsent }: { clock: Clock; unsent?: Uint8Array },
) {
  const line = Buffer.from(JSON.stringify({ error: { code, message } }) + "\n");
  socket.end(unsent === undefined ? line : Buffer.concat([unsent, line]));
  clock.after(LINGER_MS, () => socket.terminate());
}
