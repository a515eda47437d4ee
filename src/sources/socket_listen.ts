/**
 * Listens for agents that push lines. Bounded on every side: the number of connections, how long one
 * may be quiet, how long it may take to send its token. A connection that is refused gets one JSON
 * line that says why, `{"error":{"code","message"}}`, and is closed; the others never notice.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { LIMITS } from "../limits.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../runtime/clock.ts";
import { formatAddress } from "../runtime/address.ts";
import type { IntakeConnection, SocketIntake } from "./socket_intake.ts";

export interface ListenOptions {
  readonly hostname: string;
  /** 0 takes a free port; the listener says which. */
  readonly port: number;
  /** When set, an agent's first line must be `{"token": "…"}`; it is never handed on. */
  readonly token: string | null;
  readonly intake: SocketIntake;
  /** Told the number of connections whenever it changes. */
  readonly onConnections: (connections: number) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly connectionsMax?: number;
  readonly idleMsMax?: number;
}

export interface Listener {
  readonly hostname: string;
  readonly port: number;
  /** Closes the port and every connection; their unfinished lines are handed on first. */
  stop(): void;
}

interface Agent {
  readonly socket: Bun.Socket<Agent | null>;
  /** Null while the token is still owed. */
  connection: IntakeConnection | null;
  /** What came of the token's line so far. */
  greeting: Uint8Array;
  /** Monotonic time of the last bytes; of the opening while the token is owed. */
  heardMs: number;
}

const LF = 10;
const LINGER_MS = 1_000;

/** @throws {Error} where the port can't be had; the message names the address. */
export function listen(options: ListenOptions): Listener {
  const agents = new Set<Agent>();
  const connectionsMax = options.connectionsMax ?? LIMITS.listenConnectionsMax;
  const { clock, intake, log } = options;

  const leave = (agent: Agent) => {
    agent.connection?.close();
    if (agents.delete(agent)) options.onConnections(agents.size);
  };
  const refuse = (agent: Agent, code: string, message: string) => {
    log.warn("agent refused", { from: agent.socket.remoteAddress, code, reason: message });
    leave(agent);
    agent.socket.data = null;
    sayAndClose(agent.socket, code, message, clock);
  };
  const push = (agent: Agent, bytes: Uint8Array) => {
    if (agent.connection?.push(bytes) !== false) return;
    refuse(agent, "line_too_long", "unfinished lines hold too much memory; end lines with LF");
  };
  const greet = (agent: Agent, token: string, bytes: Uint8Array) => {
    const lf = bytes.indexOf(LF);
    agent.greeting = Buffer.concat([agent.greeting, lf === -1 ? bytes : bytes.subarray(0, lf)]);
    if (agent.greeting.length > LIMITS.listenTokenBytesMax || (lf !== -1 && !holds(agent, token))) {
      return refuse(agent, "unauthorized", 'the first line must be {"token": "…"} with the token');
    }
    if (lf === -1) return;
    agent.greeting = new Uint8Array(0);
    agent.connection = intake.connect(agent.socket);
    if (lf + 1 < bytes.length) push(agent, bytes.subarray(lf + 1));
  };

  const server = open(options, {
    open(socket) {
      if (agents.size >= connectionsMax) {
        socket.data = null;
        const message = `at most ${connectionsMax} connections; try again later`;
        return sayAndClose(socket, "too_many_connections", message, clock);
      }
      const agent: Agent = {
        socket,
        connection: options.token === null ? intake.connect(socket) : null,
        greeting: new Uint8Array(0),
        heardMs: clock.monotonicMs(),
      };
      socket.data = agent;
      agents.add(agent);
      options.onConnections(agents.size);
    },
    data(socket, bytes) {
      const agent = socket.data;
      if (agent === null) return;
      if (agent.connection !== null) {
        agent.heardMs = clock.monotonicMs();
        push(agent, bytes);
      } else if (options.token !== null) {
        greet(agent, options.token, bytes);
      }
    },
    end: (socket) => void socket.end(),
    close(socket) {
      if (socket.data) leave(socket.data);
    },
    error: (socket, error) => {
      log.debug("agent's connection failed", { error });
      if (socket.data) leave(socket.data);
    },
  });

  const stopSweeping = sweep(options, agents, refuse);
  return {
    hostname: options.hostname,
    port: server.port,
    stop() {
      stopSweeping();
      for (const agent of [...agents]) leave(agent);
      server.stop(true);
    },
  };
}

function open(
  options: ListenOptions,
  socket: Bun.SocketHandler<Agent | null>,
): Bun.TCPSocketListener<Agent | null> {
  const { hostname, port } = options;
  try {
    return Bun.listen<Agent | null>({ hostname, port, socket, data: null });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot listen on ${formatAddress({ hostname, port })}: ${reason}`, { cause });
  }
}

/** Cuts agents that are quiet for too long, or owe their token for too long. */
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
      if (agent.connection === null && quietMs >= LIMITS.listenTokenMsMax) {
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
  socket: Bun.Socket<Agent | null>,
  code: string,
  message: string,
  clock: Clock,
) {
  socket.end(JSON.stringify({ error: { code, message } }) + "\n");
  clock.after(LINGER_MS, () => socket.terminate());
}

function holds(agent: Agent, token: string): boolean {
  let given: unknown;
  try {
    given = JSON.parse(new TextDecoder().decode(agent.greeting))?.token;
  } catch {
    return false;
  }
  // Digests of equal length, so that neither content nor length shows in the time it takes.
  return typeof given === "string" && timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
