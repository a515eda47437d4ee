/**
 * The feed's clients and the lines they wait for. Each is sent all lines from when it joined, at
 * its own pace; one that falls LIMITS.feedClientBytesMax behind is cut, so that it holds up nobody.
 * Lines are kept once for all of them.
 */
import { LIMITS } from "../limits.ts";
import type { Log } from "../log.ts";
import { FeedClient, type FeedSocket } from "./feed_client.ts";
import { LineRing } from "./line_ring.ts";

export class FeedAudience {
  /** Lines that clients which were cut had not been sent. */
  skippedLines = 0;
  cutClients = 0;
  refusedClients = 0;

  readonly #ring: LineRing;
  readonly #clients = new Set<FeedClient>();
  readonly #log: Log;

  /** @param sliceBytesMax Bytes added at most between two calls of `flush`. */
  constructor(log: Log, sliceBytesMax: number) {
    this.#log = log;
    this.#ring = new LineRing(LIMITS.feedClientBytesMax + sliceBytesMax);
  }

  get size(): number {
    return this.#clients.size;
  }

  /** The new client, or null where there are as many as may be: the socket is reset then. */
  join(socket: FeedSocket): FeedClient | null {
    if (this.#clients.size >= LIMITS.feedClientsMax) {
      this.refusedClients++;
      this.#log.warn("refused a client of the feed: it has as many as it may", {
        clients_max: LIMITS.feedClientsMax,
      });
      socket.terminate();
      return null;
    }
    const client = new FeedClient(socket, this.#ring);
    this.#clients.add(client);
    return client;
  }

  /** False where it had left before. */
  leave(client: FeedClient): boolean {
    return this.#clients.delete(client);
  }

  /** A line for everybody here; sent with the next `flush`. */
  add(line: Uint8Array): void {
    this.#ring.append(line);
  }

  /** Sends what the sockets take, and cuts who has fallen too far behind. */
  flush(): void {
    let waiting = false;
    for (const client of this.#clients) {
      client.flush();
      if (client.backlogBytes > LIMITS.feedClientBytesMax) this.cut(client);
      else if (client.backlogBytes > 0) waiting = true;
    }
    if (!waiting) this.#ring.rewind();
  }

  /** Whether some client has taken all there is. */
  someoneWaits(): boolean {
    for (const client of this.#clients) if (client.backlogBytes === 0) return true;
    return false;
  }

  /** Sends what the sockets take, and ends the connections of those who then have all. */
  dismiss(): void {
    for (const client of this.#clients) {
      client.flush();
      if (client.backlogBytes > 0) continue;
      this.#clients.delete(client);
      client.end();
    }
  }

  /** Resets the connections of those for whom `reason` holds. */
  cutWhere(reason: (client: FeedClient) => boolean): void {
    for (const client of this.#clients) if (reason(client)) this.cut(client);
  }

  /** How far each client is, to see later which of them took nothing. */
  cursors(): ReadonlyMap<FeedClient, number> {
    return new Map([...this.#clients].map((client) => [client, client.cursor]));
  }

  cut(client: FeedClient): void {
    if (!this.#clients.delete(client)) return;
    const missing = client.linesMissing();
    this.cutClients++;
    this.skippedLines += missing;
    this.#log.warn("cut a client of the feed: it reads too slowly", {
      lines_not_sent: missing,
      bytes_behind_max: LIMITS.feedClientBytesMax,
    });
    client.cut();
  }
}
