/**
 * The embedded store as any thread sees it: statements go through a MessagePort to the thread that
 * owns PGlite, rows come back. When that thread dies, every call under way and every later one
 * rejects with `unavailable`: get a new port from whoever restarts it.
 */
import {
  type Database,
  type Row,
  type SqlValue,
  type Statement,
  StoreError,
  type TransactOptions,
} from "./database.ts";
import type { EmbeddedReply, EmbeddedRequest, EncodedStatement } from "./embedded_protocol.ts";
import { encodeParameter } from "./encode.ts";

interface Pending {
  readonly resolve: (results: Row[][]) => void;
  readonly reject: (error: StoreError) => void;
}

/** The port's other end must have been given to `EmbeddedHost.serve`. */
export function connectEmbedded(port: MessagePort): Database {
  return new EmbeddedDatabase(port);
}

class EmbeddedDatabase implements Database {
  readonly kind = "embedded";
  readonly #port: MessagePort;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #closed = false;

  constructor(port: MessagePort) {
    this.#port = port;
    port.addEventListener("message", (event: MessageEvent<EmbeddedReply>) => {
      this.#settle(event.data);
    });
    port.addEventListener("close", () => this.#lose());
    port.start();
  }

  async query<R extends Row>(text: string, values: readonly SqlValue[] = []): Promise<R[]> {
    const statement = encode({ text, values });
    const results = await this.#ask((id) => ({ id, type: "query", statement }));
    return (results[0] ?? []) as R[];
  }

  transact(
    statements: readonly Statement[],
    { onUnderWay }: TransactOptions = {},
  ): Promise<Row[][]> {
    const encoded = statements.map(encode);
    const answer = this.#ask((id) => ({ id, type: "transact", statements: encoded }));
    onUnderWay?.();
    return answer;
  }

  close(): Promise<void> {
    this.#lose();
    this.#port.close();
    return Promise.resolve();
  }

  #ask(request: (id: number) => EmbeddedRequest): Promise<Row[][]> {
    if (this.#closed) return Promise.reject(gone());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#port.postMessage(request(id));
    });
  }

  #settle(reply: EmbeddedReply): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    this.#pending.delete(reply.id);
    if ("results" in reply) return pending.resolve(reply.results as Row[][]);
    const { code, message, sqlState, reason } = reply.failure;
    pending.reject(
      new StoreError(code, message, {
        cause: new Error(reason),
        ...(sqlState === null ? {} : { sqlState }),
      }),
    );
  }

  #lose(): void {
    this.#closed = true;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(gone());
  }
}

function gone(): StoreError {
  return new StoreError("unavailable", "The embedded store is not running");
}

function encode({ text, values = [] }: Statement): EncodedStatement {
  return { text, values: values.map(encodeParameter) };
}
