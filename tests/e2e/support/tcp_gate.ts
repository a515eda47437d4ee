/** A way to a TCP server that a test can open and cut: connections end, new ones are refused. */
interface Leg {
  other: Bun.Socket<Leg> | null;
  waiting: Uint8Array[];
}

export class TcpGate {
  readonly url: string;
  readonly #listener: Bun.TCPSocketListener<Leg>;
  readonly #sockets = new Set<Bun.Socket<Leg>>();
  #isOpen = false;

  /** Closed at first. */
  constructor(url: string) {
    const target = new URL(url);
    this.#listener = Bun.listen<Leg>({
      hostname: "127.0.0.1",
      port: 0,
      data: { other: null, waiting: [] },
      socket: {
        open: (near) => {
          near.data = { other: null, waiting: [] };
          this.#sockets.add(near);
          if (!this.#isOpen) return void near.terminate();
          void this.#connect(near, target.hostname, Number(target.port));
        },
        data: (near, bytes) => pass(near, bytes),
        drain: (near) => drain(near),
        close: (near) => this.#leave(near),
      },
    });
    const gate = new URL(url);
    gate.host = `127.0.0.1:${this.#listener.port}`;
    this.url = gate.href;
  }

  open(): void {
    this.#isOpen = true;
  }

  cut(): void {
    this.#isOpen = false;
    for (const socket of [...this.#sockets]) socket.terminate();
  }

  [Symbol.dispose](): void {
    this.cut();
    this.#listener.stop(true);
  }

  async #connect(near: Bun.Socket<Leg>, hostname: string, port: number): Promise<void> {
    const far = await Bun.connect<Leg>({
      hostname,
      port,
      data: { other: near, waiting: [] },
      socket: {
        data: (socket, bytes) => pass(socket, bytes),
        drain: (socket) => drain(socket),
        close: (socket) => this.#leave(socket),
      },
    });
    this.#sockets.add(far);
    const early = near.data.waiting.splice(0);
    near.data.other = far;
    for (const bytes of early) pass(near, bytes);
    if (!this.#isOpen) far.terminate();
  }

  #leave(socket: Bun.Socket<Leg>): void {
    this.#sockets.delete(socket);
    socket.data.other?.terminate();
  }
}

/** What came from one side goes to the other, or waits on this one for the other to take it. */
function pass(from: Bun.Socket<Leg>, bytes: Uint8Array): void {
  const { other } = from.data;
  if (other === null) return void from.data.waiting.push(Uint8Array.from(bytes));
  other.data.waiting.push(Uint8Array.from(bytes));
  drain(other);
}

/** Writes what waits for this side. */
function drain(socket: Bun.Socket<Leg>): void {
  const { waiting } = socket.data;
  if (socket.data.other === null) return;
  while (waiting.length > 0) {
    const bytes = waiting[0]!;
    const taken = socket.write(bytes);
    if (taken < bytes.length) {
      if (taken > 0) waiting[0] = bytes.subarray(taken);
      return;
    }
    waiting.shift();
  }
}
