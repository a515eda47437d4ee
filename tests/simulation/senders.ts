/**
 * Those who send, and live on whatever becomes of the program: agents without acknowledgement, with
 * it, with a stream that they resend from where they are told, and a feed that is dialled. Each
 * keeps what it sent, for the checks.
 */
import type { FarEnd, SimulatedNetwork } from "./network.ts";
import { type Line, makeLine } from "./lines.ts";
import type { Schedule } from "./schedule.ts";

/** What was sent under one name, in order: on one connection, or of one stream. */
export interface Sent {
  readonly key: string;
  readonly isStream: boolean;
  readonly lines: Line[];
  /** Lines that were acknowledged. */
  acked: number;
  /** Of the last line only the beginning was sent. */
  isCutShort: boolean;
}

export interface SenderTools {
  readonly schedule: Schedule;
  readonly network: SimulatedNetwork;
  readonly sent: Map<string, Sent>;
  /** What must never happen and did. */
  readonly faultsFound: string[];
}

type Kind = "plain" | "acked" | "stream";
const LF = Uint8Array.of(10);

/** An agent: connects, sends, loses its connection, connects again, until it has sent all. */
export class Agent {
  /** Calm: sends on, breaks nothing. */
  isCalm = false;
  #connections = 0;
  #made = 0;
  #isDone = false;

  constructor(
    private readonly tools: SenderTools,
    readonly name: string,
    private readonly kind: Kind,
    private readonly linesMax: number,
  ) {
    this.#connectLater();
  }

  /** All that it has to say is said; of a stream, acknowledged. */
  get isDone(): boolean {
    if (this.kind !== "stream") return this.#isDone;
    return (this.tools.sent.get(this.name)?.acked ?? 0) >= this.linesMax;
  }

  #connectLater(): void {
    if (this.isDone) return;
    this.tools.schedule.after(this.tools.schedule.random.next() * 400, () => this.#connect());
  }

  #connect(): void {
    const far = this.tools.network.dial();
    if (far === null) return this.#connectLater();
    const key = this.kind === "stream" ? this.name : `${this.name}c${this.#connections++}`;
    const sent = sentOf(this.tools.sent, key, this.kind === "stream");
    far.onClose = () => this.#connectLater();
    if (this.kind === "plain") return this.#sendOn(far, sent, 0);
    const greeting = this.kind === "stream" ? { ack: true, stream: key } : { ack: true };
    far.send(Buffer.from(JSON.stringify(greeting) + "\n"));
    let text = "", isWelcome = false;
    far.onData = (bytes) => {
      text += Buffer.from(bytes).toString();
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        const { ack } = JSON.parse(text.slice(0, end)) as { ack?: number };
        text = text.slice(end + 1);
        if (ack === undefined) continue;
        this.#acknowledged(sent, ack);
        if (!isWelcome) this.#sendOn(far, sent, ack);
        isWelcome = true;
      }
    };
  }

  #acknowledged(sent: Sent, ack: number): void {
    this.tools.schedule.trace(`ack ${sent.key} ${ack}`);
    if (ack < sent.acked) {
      this.tools.faultsFound.push(`ack: ${sent.key} fell from ${sent.acked} to ${ack}`);
    }
    if (ack > sent.lines.length) {
      this.tools.faultsFound.push(`ack: ${sent.key} got ${ack} for ${sent.lines.length} lines`);
    }
    sent.acked = Math.max(sent.acked, ack);
  }

  /** Sends from line `next` of what it has to say under this name. */
  #sendOn(far: FarEnd, sent: Sent, next: number): void {
    const { schedule } = this.tools;
    let at = next, isOver = false, half: Uint8Array | null = null;
    const close = far.onClose;
    far.onClose = () => {
      isOver = true;
      close();
    };
    const leave = (how: "end" | "cut") => {
      isOver = true;
      sent.isCutShort = half !== null;
      schedule.trace(`${sent.key} ${how} after ${at}`);
      far[how]();
      if (how === "cut") this.#connectLater();
    };
    const step = () => {
      if (isOver) return;
      if (half !== null) {
        far.send(half);
        half = null;
      }
      for (let burst = schedule.between(0, 6); burst > 0; burst--) {
        const line = this.#line(sent, at);
        if (line === null) break;
        at++;
        const bytes = Buffer.concat([line.bytes, LF]);
        if (burst === 1 && schedule.chance(0.2)) {
          const cut = schedule.between(0, bytes.length);
          far.send(bytes.subarray(0, cut));
          half = bytes.subarray(cut);
        } else far.send(bytes);
      }
      if (!this.isCalm && schedule.chance(0.06)) return leave(schedule.chance(0.5) ? "end" : "cut");
      if (half === null && at === sent.lines.length && this.#hasSaidAll(sent)) {
        this.#isDone = true;
        if (this.kind === "plain") return leave("end");
        if (this.isCalm && this.kind === "acked") return leave("end");
      }
      schedule.after(schedule.random.next() * 200, step);
    };
    step();
  }

  #hasSaidAll(sent: Sent): boolean {
    return this.kind === "stream"
      ? sent.lines.length >= this.linesMax
      : this.#made >= this.linesMax;
  }

  /** A stream's lines are the same whenever they are sent; others are new. */
  #line(sent: Sent, nth: number): Line | null {
    const known = sent.lines[nth];
    if (known !== undefined) return known;
    if (this.#hasSaidAll(sent)) return null;
    this.#made++;
    const made = makeLine(this.tools.schedule, sent.key, nth, `us-${this.name}`);
    sent.lines.push(made);
    return made;
  }
}

/** A feed that the program dials: sends whoever dials it lines, until it ends or breaks. */
export class Feed {
  isCalm = false;
  #connections = 0;
  #made = 0;

  constructor(private readonly tools: SenderTools, private readonly linesMax: number) {
    tools.network.onDial = (far) => this.#take(far);
  }

  #take(far: FarEnd): boolean {
    const { schedule, sent } = this.tools;
    if (this.#made >= this.linesMax || schedule.chance(this.isCalm ? 0 : 0.3)) return false;
    const mine = sentOf(sent, `f${this.#connections++}`, false);
    let isOver = false;
    far.onClose = () => void (isOver = true);
    const step = () => {
      if (isOver) return;
      for (let burst = schedule.between(0, 8); burst > 0 && this.#made < this.linesMax; burst--) {
        this.#made++;
        const line = makeLine(schedule, mine.key, mine.lines.length, "us-feed");
        mine.lines.push(line);
        const bytes = Buffer.concat([line.bytes, LF]);
        if (!this.isCalm && schedule.chance(0.03)) {
          // The feed dies in the middle of a line.
          far.send(bytes.subarray(0, schedule.between(0, bytes.length)));
          isOver = true;
          return schedule.chance(0.5) ? far.end() : far.cut();
        }
        far.send(bytes);
      }
      schedule.after(schedule.random.next() * 150, step);
    };
    step();
    return true;
  }
}

function sentOf(all: Map<string, Sent>, key: string, isStream: boolean): Sent {
  const sent = all.get(key) ?? { key, isStream, lines: [], acked: 0, isCutShort: false };
  all.set(key, sent);
  return sent;
}
