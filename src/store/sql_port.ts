/**
 * Lets SQL clients (`psql`, drivers) into the embedded store over a loopback socket. All of them
 * share PGlite's one session with rackwatch itself, so a client has it for itself from the first
 * message of a query to its end, and through a whole transaction, and nobody in between.
 *
 * Refuses: addresses that are not loopback (there is no password); COPY … FROM STDIN (PGlite ends
 * its process on it); cancelling a query. Bounded: clients, message size, how long a transaction
 * may be idle and how long it may last. What a client SETs lasts until rackwatch's next turn.
 */
import { LIMITS } from "../limits.ts";
import type { Log } from "../log.ts";
import { SqlClient, type SqlSession } from "./sql_client.ts";
import { errorResponse } from "./wire_protocol.ts";
import type { Turns } from "./turns.ts";

export interface SqlPortOptions {
  readonly hostname: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly idleInTransactionMs?: number;
  readonly transactionMs?: number;
  readonly session: SqlSession;
  readonly turns: Turns;
  readonly log: Log;
}

export interface SqlPort {
  readonly hostname: string;
  readonly port: number;
  stop(): Promise<void>;
}

export function startSqlPort(options: SqlPortOptions): Promise<SqlPort> {
  if (!isLoopback(options.hostname)) {
    throw new RangeError(
      `Cannot serve SQL on ${options.hostname}: the embedded store has no password, so only a ` +
        "loopback address (127.0.0.1, ::1, localhost) is allowed",
    );
  }
  const clients = new Set<SqlClient>();
  const listener = Bun.listen<SqlClient | null>({
    hostname: options.hostname,
    port: options.port,
    socket: {
      open(socket) {
        socket.data = null;
        if (clients.size >= LIMITS.sqlClientsMax) {
          socket.end(
            errorResponse("FATAL", "53300", `at most ${LIMITS.sqlClientsMax} SQL clients at once`),
          );
          return;
        }
        const client = new SqlClient({
          ...options,
          idleInTransactionMs: options.idleInTransactionMs ?? LIMITS.sqlIdleInTransactionMsMax,
          transactionMs: options.transactionMs ?? LIMITS.sqlTransactionMsMax,
          write: (bytes) => socket.write(bytes),
          close: () => socket.end(),
        });
        socket.data = client;
        clients.add(client);
      },
      data(socket, chunk) {
        socket.data?.receive(chunk);
      },
      drain(socket) {
        socket.data?.drained();
      },
      close(socket) {
        if (socket.data === null || socket.data === undefined) return;
        clients.delete(socket.data);
        socket.data.gone();
      },
      error(_socket, error) {
        options.log.debug("a SQL client's connection failed", { reason: error });
      },
    },
  });
  return Promise.resolve({
    hostname: listener.hostname,
    port: listener.port,
    stop: async () => {
      listener.stop(true);
      for (const client of clients) client.gone();
      await Promise.all([...clients].map((client) => client.finished()));
    },
  });
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || hostname === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(hostname);
}
