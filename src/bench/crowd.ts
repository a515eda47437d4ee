/**
 * Very many clients of `/events`, as cheap as can be: bare sockets in this process, which look for
 * each frame's own time and parse nothing else. Some of them stall: they ask, and never read.
 */
import { rounded } from "./statistics.ts";

export interface CrowdPlan {
  readonly clients: number;
  readonly hz: number;
  readonly stalled: number;
}

/** Opened at a time: a server's queue of connections that are not accepted yet is short. */
const OPENED_AT_ONCE = 50;

export class Crowd {
  /** Milliseconds from a frame's making in the server to its coming, of clients that read. */
  readonly delays: number[] = [];
  readonly #sockets: Bun.Socket<undefined>[] = [];
  #lost = 0;
  #isCounting = false;
  #isClosed = false;

  static async open(houseUrl: string, plan: CrowdPlan): Promise<Crowd> {
    const crowd = new Crowd();
    const { hostname, port } = new URL(houseUrl);
    const request = `GET /events?hz=${plan.hz} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n` +
      "Accept: text/event-stream\r\n\r\n";
    for (let opened = 0; opened < plan.clients; opened += OPENED_AT_ONCE) {
      const some = Math.min(OPENED_AT_ONCE, plan.clients - opened);
      const sockets = await Promise.all(
        Array.from({ length: some }, (_, index) => {
          const isStalled = opened + index < plan.stalled;
          return crowd.#connect(hostname, Number(port), request, isStalled);
        }),
      );
      crowd.#sockets.push(...sockets);
    }
    return crowd;
  }

  /** From now on frames count. */
  count(): void {
    this.#isCounting = true;
  }

  /** Connections of reading clients that the server closed or refused. */
  get lost(): number {
    return this.#lost;
  }

  /** Frames that came, of those that were due within so many seconds. */
  deliveredShare(plan: CrowdPlan, seconds: number): number {
    return rounded(this.delays.length / ((plan.clients - plan.stalled) * plan.hz * seconds));
  }

  close(): void {
    this.#isCounting = false;
    this.#isClosed = true;
    for (const socket of this.#sockets) socket.terminate();
  }

  async #connect(hostname: string, port: number, request: string, isStalled: boolean) {
    const socket = await Bun.connect({
      hostname,
      port,
      socket: {
        data: (_, chunk) => this.#take(chunk),
        close: () => {
          if (!isStalled && !this.#isClosed) this.#lost++;
        },
        error: () => {},
      },
    });
    // It takes nothing, not even the head of the answer.
    if (isStalled) socket.pause();
    socket.write(request);
    return socket;
  }

  #take(chunk: Buffer): void {
    if (!this.#isCounting) return;
    const nowMs = Date.now();
    for (const serverMs of frameTimes(chunk)) this.delays.push(nowMs - serverMs);
  }
}

/** `serverMs` of every frame that begins in the chunk; a frame cut within that is not seen. */
export function frameTimes(chunk: Buffer): number[] {
  const times: number[] = [];
  for (let at = chunk.indexOf("event: frame\n"); at >= 0;) {
    const head = chunk.subarray(at, at + 128).toString("latin1");
    const match = /^event: frame\nid: \d+\ndata: \{"board":\{"serverMs":(\d+)/.exec(head);
    if (match !== null) times.push(Number(match[1]));
    at = chunk.indexOf("event: frame\n", at + 1);
  }
  return times;
}
