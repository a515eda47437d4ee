/** What the socket tests share: real sockets on free ports, and claims that can be awaited. */
import { SILENT_LOG } from "../../src/log.ts";
import type { LineBlock } from "../../src/model/line_block.ts";
import { type Clock, REAL_CLOCK } from "../../src/runtime/clock.ts";
import { SocketIntake } from "../../src/sources/socket_intake.ts";
import { listen, type ListenOptions } from "../../src/sources/socket_listen.ts";

/** Collects what is handed on, by connection, and lets a test await a claim about it. */
export class Collected {
  readonly texts = new Map<number, string>();
  #checks: (() => void)[] = [];
  readonly onBlock = (block: LineBlock, id: number) => {
    this.texts.set(id, (this.texts.get(id) ?? "") + new TextDecoder().decode(block.bytes));
    this.look();
  };
  look() {
    for (const check of this.#checks) check();
  }
  get all(): string {
    return [...this.texts.values()].join("");
  }
  until(claim: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!claim()) return;
        this.#checks = this.#checks.filter((other) => other !== check);
        resolve();
      };
      this.#checks.push(check);
      check();
    });
  }
}

/** A clock whose timers run only when the test says so. */
export class ManualClock implements Clock {
  #nowMs = 0;
  #timers: { atMs: number; task: () => void }[] = [];
  nowMs = () => this.#nowMs;
  monotonicMs = () => this.#nowMs;
  after = (delayMs: number, task: () => void) => {
    const timer = { atMs: this.#nowMs + delayMs, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };
  advance(ms: number) {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.atMs <= untilMs)
        .sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#nowMs = next.atMs;
      next.task();
    }
    this.#nowMs = untilMs;
  }
}

export function listening(collected: Collected, more: Partial<ListenOptions> = {}) {
  const intake = more.intake ?? new SocketIntake({ onBlock: collected.onBlock, log: SILENT_LOG });
  const listener = listen({
    hostname: "127.0.0.1",
    port: 0,
    token: null,
    intake,
    streamLines: () => 0,
    onConnections: () => collected.look(),
    clock: REAL_CLOCK,
    log: SILENT_LOG,
    ...more,
  });
  return { listener, intake };
}

/** A client that writes all it is given as fast as it is taken, and keeps what it hears. */
export class Client {
  heard = "";
  readonly closed: Promise<void>;
  #look = () => {};
  #left: Uint8Array[] = [];
  #ending = false;
  #socket: Bun.Socket | null = null;
  constructor(port: number) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: (socket) => {
          socket.setNoDelay(true);
          this.#socket = socket;
          this.#pump();
        },
        drain: () => this.#pump(),
        data: (_socket, bytes) => {
          this.heard += new TextDecoder().decode(bytes);
          this.#look();
        },
        close: () => resolve(),
        error: () => resolve(),
      },
    }).catch(() => resolve());
  }
  send(data: string | Uint8Array): this {
    this.#left.push(typeof data === "string" ? new TextEncoder().encode(data) : data);
    this.#pump();
    return this;
  }
  /** Resolves once it has heard exactly this. */
  until(heard: string): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => this.heard === heard && resolve();
      this.#look();
    });
  }
  end(): this {
    this.#ending = true;
    this.#pump();
    return this;
  }
  vanish() {
    this.#socket?.terminate();
  }
  #pump() {
    if (this.#socket === null) return;
    for (let next = this.#left[0]; next !== undefined; next = this.#left[0]) {
      const written = this.#socket.write(next);
      if (written < next.length) {
        this.#left[0] = next.subarray(Math.max(0, written));
        return;
      }
      this.#left.shift();
    }
    if (this.#ending) this.#socket.end();
  }
}

export const lines = (count: number, size = 100) =>
  Array.from({ length: count }, (_, i) => `{"i":${i},"pad":"${"x".repeat(size)}"}\n`).join("");
