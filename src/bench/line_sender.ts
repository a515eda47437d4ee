/** Pushes bytes to `--listen` as an agent does, at the pace at which they are taken. */
import type { Address } from "../runtime/address.ts";

export class LineSender {
  #socket: Bun.Socket<undefined> | null = null;
  #drained: () => void = () => {};
  #failure: Error | null = null;

  static async connect({ hostname, port }: Address): Promise<LineSender> {
    const sender = new LineSender();
    sender.#socket = await Bun.connect({
      hostname,
      port,
      socket: {
        data: () => {},
        drain: () => sender.#drained(),
        close: () => sender.#fail("The connection was closed while lines were being sent"),
        error: (_, error) => sender.#fail(error.message),
      },
    });
    sender.#socket.setNoDelay(true);
    return sender;
  }

  /** Resolves when the system has all of them. @throws when the connection is lost. */
  async send(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes;;) {
      if (this.#failure !== null) throw this.#failure;
      const drained = new Promise<void>((resolve) => this.#drained = resolve);
      const written = this.#socket!.write(rest);
      if (written >= rest.length) return;
      rest = rest.subarray(Math.max(0, written));
      await drained;
    }
  }

  end(): void {
    this.#socket?.end();
  }

  #fail(reason: string): void {
    this.#failure ??= new Error(reason);
    this.#drained();
  }
}

/** All of them over a connection of their own. */
export async function sendAll(address: Address, blocks: Iterable<Uint8Array>): Promise<void> {
  const sender = await LineSender.connect(address);
  for (const block of blocks) await sender.send(block);
  sender.end();
}
