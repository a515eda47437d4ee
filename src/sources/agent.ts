/**
 * One agent's connection to the listener, from its first byte to its end. What comes compressed is
 * told from its first bytes, and all below is of its content:
 *
 * ```
 * greeting ─ first line ─┬─ a line of telemetry, or no acknowledgements ─────────┐
 *                        ├─ {"ack":true}                       → {"ack":0} ──────┤
 *                        └─ {"ack":true,"stream":"…"} ─ held ─ → {"ack":N} ──────┴─ sending
 * ```
 *
 * While it is held, the stream's connection before it is being finished: nothing is read of this one.
 */
import { LIMITS } from "../limits.ts";
import type { Clock } from "../runtime/clock.ts";
import { sameText } from "../runtime/same_text.ts";
import { AgentInflow, type DecoderRoom, type InflowFault } from "./agent_inflow.ts";
import type { IntakeConnection } from "./intake_connection.ts";
import { AckWriter } from "./socket_acks.ts";
import { mayGreet, readGreeting, TOKEN_RULE } from "./socket_greeting.ts";
import type { SocketIntake } from "./socket_intake.ts";
import type { StreamHolders } from "./stream_holders.ts";

export interface AgentOptions {
  readonly intake: SocketIntake;
  readonly token: string | null;
  /** Of agents by name; where there are any, one is asked for as well. */
  readonly agentTokens: AgentTokenList;
  readonly holders: StreamHolders;
  readonly decoders: DecoderRoom;
  readonly clock: Pick<Clock, "monotonicMs">;
  /** Archived lines of a stream. */
  readonly streamLines: (stream: string) => number;
  /** Told the name of an agent with a token of its own whenever it sent something. */
  readonly hear?: (name: string) => void;
  /** Says why, and ends the connection. */
  readonly refuse: (agent: Agent, code: string, message: string) => void;
  /** What it sent could not be decompressed, or not to its end; nothing more comes of it. */
  readonly broken: (agent: Agent, fault: InflowFault) => void;
}

/** Who may send, by a token of its own. */
export interface AgentTokenList {
  readonly isEmpty: boolean;
  /** The agent's name; null where the token is of nobody. */
  whose(token: string): string | null;
  /** Whether the token is somebody's still. */
  holds(token: string): boolean;
}

export type AgentSocket = Bun.Socket<Agent | null>;

const LF = 10;
const NOTHING = new Uint8Array(0);

export class Agent {
  #state: "greeting" | "held" | "sending" | "gone" = "greeting";
  /** What came and is not handed on: of the first line, or after it while it is held. */
  #waiting: Uint8Array = NOTHING;
  #connection: IntakeConnection | null = null;
  #acks: AckWriter | null = null;
  readonly #asksToken: boolean;
  /** An agent's own, by which it was let in; null: by the configuration's, or without. */
  #ownToken: string | null = null;
  #ownName: string | null = null;
  readonly #over = Promise.withResolvers<void>();
  readonly #inflow: AgentInflow;
  #holding: Promise<void> | null = null;
  readonly from: string;
  /** Monotonic time of its last bytes; of its opening while a token is owed. */
  heardMs: number;
  /** Its socket is closed. */
  #isLeaving = false;
  /** What it sent could not be decompressed to its end. */
  #isBroken = false;

  constructor(readonly socket: AgentSocket, private readonly options: AgentOptions) {
    this.#asksToken = options.token !== null || !options.agentTokens.isEmpty;
    this.from = socket.remoteAddress;
    this.heardMs = options.clock.monotonicMs();
    this.#inflow = new AgentInflow(socket, options.decoders, {
      owesToken: () => this.owesToken,
      bytes: (content) => this.#push(content),
      over: (fault) => {
        if (fault !== null) {
          this.#isBroken = true;
          options.broken(this, fault);
        } else if (this.#isLeaving) this.#gone();
        else void this.#tellAndEnd();
      },
    });
  }

  /** Its token was taken back. */
  get isRevoked(): boolean {
    return this.#ownToken !== null && !this.options.agentTokens.holds(this.#ownToken);
  }

  get owesToken(): boolean {
    return this.#state === "greeting" && this.#asksToken;
  }

  receive(bytes: Uint8Array): void {
    this.#inflow.push(bytes);
  }

  /** The socket takes bytes again. */
  drain(): void {
    this.#acks?.flush();
  }

  /** The socket is closed, or is about to be: what came of lines is handed on. Twice is once. */
  leave(): void {
    if (this.#state === "gone" || this.#isLeaving) return;
    this.#isLeaving = true;
    // What is held is of nobody until it is answered.
    if (this.#state === "held") return this.cut();
    const isDecoding = this.#inflow.isDecoding;
    if (isDecoding) this.options.intake.expect(this.#over.promise);
    this.#inflow.end();
    if (!isDecoding) this.#gone();
  }

  /** As `leave`, but what is not decompressed by now is of nobody, nor is the line it was in. */
  cut(): void {
    const isTorn = this.#isBroken || this.#inflow.isDecoding;
    this.#inflow.drop();
    this.#gone(isTorn);
  }

  /** The agent sends no more; it may still wait to be told that all is archived. Then the end. */
  finish(): void {
    this.#inflow.end();
  }

  /** What must be written before anything but an acknowledgement is. */
  unsentAck(): Uint8Array {
    return this.#acks?.end() ?? NOTHING;
  }

  #gone(isTorn = false): void {
    if (this.#state === "gone") return;
    if (!isTorn && this.#state === "greeting" && !this.#asksToken && this.#waiting.length > 0) {
      this.#begin(this.#waiting);
    }
    this.#state = "gone";
    this.#waiting = NOTHING;
    this.#connection?.close(isTorn);
    void Promise.resolve(this.#connection?.settled()).then(this.#over.resolve);
  }

  async #tellAndEnd(): Promise<void> {
    await this.#holding;
    if (this.#acks === null) return void this.socket.end();
    this.#connection?.close();
    await this.#connection?.settled();
    if (this.#state !== "gone") this.socket.end(this.#acks.end(true));
  }

  #push(bytes: Uint8Array): void {
    if (!this.owesToken) this.heardMs = this.options.clock.monotonicMs();
    if (this.#state === "sending") this.#send(bytes);
    else if (this.#state === "held") this.#waiting = Buffer.concat([this.#waiting, bytes]);
    else if (this.#state === "greeting") this.#greet(Buffer.concat([this.#waiting, bytes]));
  }

  #greet(bytes: Uint8Array): void {
    this.#waiting = NOTHING;
    const lf = bytes.indexOf(LF);
    const line = lf === -1 ? bytes : bytes.subarray(0, lf);
    const isTooLong = line.length > LIMITS.listenTokenBytesMax;
    if (!this.#asksToken && (isTooLong || !mayGreet(line))) return this.#begin(bytes);
    if (isTooLong) return this.options.refuse(this, "unauthorized", TOKEN_RULE);
    if (lf === -1) {
      this.#waiting = bytes;
      return;
    }
    const isToken = this.#asksToken ? (given: string) => this.#isToken(given) : null;
    const greeting = readGreeting(line, isToken);
    const rest = bytes.subarray(lf + 1);
    if (greeting.kind === "line") this.#begin(bytes);
    else if (greeting.kind === "refused") {
      this.options.refuse(this, greeting.code, greeting.message);
    } else if (greeting.ack === null) this.#begin(rest);
    else if (greeting.ack.stream === null) this.#acknowledge(undefined, rest);
    else this.#holding = this.#hold(greeting.ack.stream, rest);
  }

  #isToken(given: string): boolean {
    const { token, agentTokens } = this.options;
    if (token !== null && sameText(given, token)) {
      this.#inflow.admit();
      return true;
    }
    const name = agentTokens.whose(given);
    if (name === null) return false;
    this.#inflow.admit();
    this.#ownToken = given;
    this.#ownName = name;
    return true;
  }

  async #hold(stream: string, rest: Uint8Array): Promise<void> {
    this.#state = "held";
    this.#waiting = rest;
    this.#inflow.pause();
    await this.options.holders.take(stream, {
      replace: () => {
        const message = `another connection has taken over the stream ${stream}`;
        if (this.#state !== "gone") this.options.refuse(this, "replaced", message);
      },
      over: this.#over.promise,
    });
    if (this.#state !== "held") return;
    if (!this.options.intake.paused) this.#inflow.resume();
    this.#acknowledge({ stream, lines: this.options.streamLines(stream) }, this.#waiting);
  }

  #acknowledge(stream: { stream: string; lines: number } | undefined, rest: Uint8Array): void {
    const acks = this.#acks = new AckWriter(this.socket);
    this.socket.setNoDelay(true);
    acks.tell(stream?.lines ?? 0);
    const onDone = (lines: number) => {
      if (this.#state !== "gone" && !this.#isLeaving) acks.tell(lines);
    };
    this.#connection = this.options.intake.connect(this.#inflow, { stream, onDone });
    this.#begin(rest);
  }

  #begin(bytes: Uint8Array): void {
    this.#connection ??= this.options.intake.connect(this.#inflow);
    this.#state = "sending";
    this.#waiting = NOTHING;
    if (bytes.length > 0) this.#send(bytes);
  }

  #send(bytes: Uint8Array): void {
    if (this.#ownName !== null) this.options.hear?.(this.#ownName);
    if (this.#connection?.push(bytes) !== false) return;
    const message = "unfinished lines hold too much memory; end lines with LF";
    this.options.refuse(this, "line_too_long", message);
  }
}
