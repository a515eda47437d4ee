/**
 * The socket under a PostgreSQL connection. postgres.js 3.4 connects again at once, without a pause
 * and without telling anybody, when a server accepts a connection and closes it before it says a
 * word, as a proxy does whose server is down: a busy loop in the thread that archives. Here such a
 * close is an error like any other, so that the query fails and the pool backs off.
 */
import { createConnection, type Socket } from "node:net";

export interface PostgresTarget {
  readonly host: readonly string[];
  readonly port: readonly number[];
  /** Of a unix socket, or false. */
  readonly path: string | false;
}

/** Opens the next of a target's hosts; hosts take turns. */
export function socketFactory(): (target: PostgresTarget) => Socket {
  let turn = 0;
  return (target) => {
    const index = turn++ % target.host.length;
    const socket = typeof target.path === "string"
      ? createConnection({ path: target.path })
      : createConnection({ host: target.host[index]!, port: target.port[index] ?? 5432 });
    let answered = false;
    socket.once("data", () => answered = true);
    socket.once("end", () => {
      if (!answered) socket.destroy(closedSilently());
    });
    return socket;
  };
}

function closedSilently(): Error {
  const error = new Error("the connection was accepted and closed without an answer");
  return Object.assign(error, { code: "CONNECTION_CLOSED" });
}
