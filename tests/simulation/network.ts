/**
 * TCP between the program and whoever sends to it: bytes arrive in order, late, in slices of any
 * size; a connection may be ended in order, or cut so that what was under way is lost.
 */
import type { Network } from "../../src/runtime/sockets.ts";
import type { Process, Schedule } from "./schedule.ts";

/** The far end of a connection, as a sender uses it. */
export interface FarEnd {
  send(bytes: Uint8Array): void;
  /** No more is sent; what was, still arrives. */
  end(): void;
  /** Gone: what has not arrived never will. */
  cut(): void;
  onData: (bytes: Uint8Array) => void;
  /** The program, or its death, ended the connection. Once. */
  onClose: () => void;
}

type Handlers = Bun.SocketHandler<unknown>;
const SLICE_BYTES_MAX = 300;
const LATENCY_MS_MAX = 20;

export class SimulatedNetwork {
  /** What the program listens with; null while it does not. */
  #listener: { readonly process: Process; readonly handlers: Handlers } | null = null;
  /** Who answers when the program dials; false: nobody. */
  onDial: (far: FarEnd) => boolean = () => false;

  constructor(private readonly schedule: Schedule) {}

  /** A connection to where the program listens; null where it doesn't. */
  dial(): FarEnd | null {
    if (this.#listener === null) return null;
    const { process, handlers } = this.#listener;
    const connection = new Connection(this.schedule, process, handlers, true);
    connection.open();
    return connection.far;
  }

  of(process: Process): Network {
    process.onKill(() => this.#listener = null);
    return {
      connect: async (options) => {
        const handlers = options.socket as unknown as Handlers;
        const connection = new Connection(this.schedule, process, handlers, false);
        await process.ask(this.schedule.random.next() * LATENCY_MS_MAX, () => Promise.resolve());
        if (!this.onDial(connection.far)) throw new Error("connection refused");
        connection.open();
        return connection.socket as never;
      },
      listen: (options) => {
        const listener = { process, handlers: options.socket as unknown as Handlers };
        this.#listener = listener;
        const stop = () => {
          if (this.#listener === listener) this.#listener = null;
        };
        return { port: 9, hostname: "sim", stop } as never;
      },
    };
  }
}

class Connection {
  /** Not arrived yet. */
  #toProgram: Uint8Array = new Uint8Array(0);
  #isEnding = false;
  #isPaused = false;
  #isOpen = false;
  #isOver = false;
  #isDelivering = false;
  #farIsTold = false;
  readonly socket = this.#makeSocket();
  readonly far: FarEnd = {
    send: (bytes) => {
      if (this.#isEnding || this.#isOver) return;
      this.#toProgram = Buffer.concat([this.#toProgram, bytes]);
      this.#deliverLater();
    },
    end: () => {
      this.#isEnding = true;
      this.#deliverLater();
    },
    cut: () => {
      this.#farIsTold = true;
      this.#over();
    },
    onData: () => {},
    onClose: () => {},
  };

  constructor(
    private readonly schedule: Schedule,
    private readonly process: Process,
    private readonly handlers: Handlers,
    private readonly allowsHalfOpen: boolean,
  ) {
    process.onKill(() => this.#over());
  }

  open(): void {
    this.#isOpen = true;
    this.#call("open");
    this.#deliverLater();
  }

  #deliverLater(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    this.schedule.after(this.schedule.random.next() * LATENCY_MS_MAX, () => {
      this.#isDelivering = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    if (this.#isOver || this.#isPaused || !this.#isOpen) return;
    if (this.#toProgram.length > 0) {
      const most = this.schedule.chance(0.1) ? 1 : SLICE_BYTES_MAX;
      const slice = this.#toProgram.slice(0, this.schedule.between(1, most));
      this.#toProgram = this.#toProgram.subarray(slice.length);
      this.#call("data", slice);
      this.#deliverLater();
    } else if (this.#isEnding) {
      this.#isEnding = false;
      this.#call("end");
      if (!this.allowsHalfOpen) this.#over();
    }
  }

  #makeSocket() {
    const later = (task: () => void) =>
      this.schedule.after(this.schedule.random.next() * LATENCY_MS_MAX, task);
    const underWay: Uint8Array[] = [];
    const toFar = (bytes: Uint8Array) => {
      underWay.push(bytes.slice());
      later(() => {
        const next = underWay.shift()!;
        if (!this.#farIsTold) this.far.onData(next);
      });
    };
    let drains = false;
    return {
      data: null as unknown,
      remoteAddress: "far",
      write: (bytes: Uint8Array): number => {
        if (this.#isOver) return -1;
        // Now and then the peer's window is full.
        const taken = this.schedule.chance(0.1)
          ? this.schedule.between(0, bytes.length)
          : bytes.length;
        if (taken < bytes.length && !drains) {
          drains = true;
          later(() => {
            drains = false;
            this.#call("drain");
          });
        }
        if (taken > 0) toFar(bytes.subarray(0, taken));
        return taken;
      },
      end: (bytes?: Uint8Array) => {
        if (this.#isOver) return;
        if (bytes !== undefined && bytes.length > 0) toFar(bytes);
        this.#over();
      },
      terminate: () => this.#over(),
      pause: () => void (this.#isPaused = true),
      resume: () => {
        this.#isPaused = false;
        this.#deliverLater();
      },
      flush: () => {},
      setKeepAlive: () => true,
      setNoDelay: () => true,
    };
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // In its own turn, as the event loop does it.
    this.schedule.after(0, () => this.#call("close"));
    this.schedule.after(LATENCY_MS_MAX, () => {
      if (this.#farIsTold) return;
      this.#farIsTold = true;
      this.far.onClose();
    });
  }

  #call(what: "open" | "data" | "end" | "drain" | "close", bytes?: Uint8Array): void {
    if (!this.process.isAlive || (this.#isOver && what !== "close")) return;
    const handler = this.handlers[what] as
      | ((socket: unknown, bytes?: Uint8Array) => void)
      | undefined;
    handler?.(this.socket, bytes);
  }
}
