/**
 * What an agent sends, as its lines are: the bytes as they came or, where the first ones say gzip or
 * zstd, decompressed. Owns the pause between a decoder and its socket; gives the bytes no meaning.
 */
import { LIMITS } from "../limits.ts";
import { compressionOf } from "./compression.ts";
import type { PausableSocket } from "./socket_intake.ts";
import { StreamDecoder, type StreamFault } from "./stream_decoder.ts";

export interface InflowFault {
  readonly code: StreamFault["code"] | "too_many_compressed";
  readonly message: string;
}

export interface InflowEvents {
  /** Whether nobody knows yet who sends. */
  owesToken(): boolean;
  bytes(content: Uint8Array): void;
  /** All that came is given on, or none more can be. Once at most, and not after `drop`. */
  over(fault: InflowFault | null): void;
}

/** Of the room, what those may hold together who owe a token still: the rest is for known agents. */
const GUESTS_SHARE = 0.25;

/** The memory that decoders of all connections may hold. */
export class DecoderRoom {
  #bytes = 0;
  #guestBytes = 0;

  constructor(private readonly bytesMax: number = LIMITS.decodersBytesMax) {}

  /** False where there is no room for one more. @param isGuest It owes a token. */
  take(bytes: number, isGuest: boolean): boolean {
    if (this.#bytes + bytes > this.bytesMax) return false;
    if (isGuest && this.#guestBytes + bytes > this.bytesMax * GUESTS_SHARE) return false;
    this.#bytes += bytes;
    if (isGuest) this.#guestBytes += bytes;
    return true;
  }

  /** A guest has shown its token. */
  admit(bytes: number): void {
    this.#guestBytes -= bytes;
  }

  giveBack(bytes: number, isGuest: boolean): void {
    this.#bytes -= bytes;
    if (isGuest) this.#guestBytes -= bytes;
  }
}

const NOTHING = new Uint8Array(0);

export class AgentInflow implements PausableSocket {
  #state: "opening" | "plain" | "decoding" | "over" = "opening";
  #beginning: Uint8Array = NOTHING;
  #decoder: StreamDecoder | null = null;
  #heldBytes = 0;
  #isGuest = false;

  constructor(
    private readonly socket: PausableSocket,
    private readonly room: DecoderRoom,
    private readonly events: InflowEvents,
  ) {}

  /** Whether something that came may not have been given on yet. */
  get isDecoding(): boolean {
    return this.#state === "decoding";
  }

  push(bytes: Uint8Array): void {
    if (this.#state === "plain") this.events.bytes(bytes);
    else if (this.#state === "decoding") this.#decode(bytes);
    else if (this.#state === "opening") this.#open(bytes);
  }

  /** No more will come; `over` follows what came. Twice is once. */
  end(): void {
    if (this.#state === "decoding") return this.#decoder?.end();
    if (this.#state === "over") return;
    const rest = this.#beginning;
    this.#state = "over";
    if (rest.length > 0) this.events.bytes(rest);
    this.events.over(null);
  }

  /** It has shown its token. */
  admit(): void {
    if (this.#isGuest) this.room.admit(this.#heldBytes);
    this.#isGuest = false;
  }

  /** Nothing is given on any more. */
  drop(): void {
    this.#state = "over";
    this.#decoder?.drop();
    this.#leaveRoom();
  }

  pause(): void {
    (this.#decoder ?? this.socket).pause();
  }

  resume(): void {
    (this.#decoder ?? this.socket).resume();
  }

  #open(bytes: Uint8Array): void {
    const beginning = Buffer.concat([this.#beginning, bytes]);
    const compression = compressionOf(beginning);
    this.#beginning = compression === null ? beginning : NOTHING;
    if (compression === "none") {
      this.#state = "plain";
      this.events.bytes(beginning);
    } else if (compression !== null) this.#startDecoding(compression, beginning);
  }

  #startDecoding(format: "gzip" | "zstd", beginning: Uint8Array): void {
    const { gzipDecoderBytes, zstdWindowBytesMax } = LIMITS;
    const bytes = format === "gzip" ? gzipDecoderBytes : 2 * zstdWindowBytesMax;
    const isGuest = this.events.owesToken();
    if (!this.room.take(bytes, isGuest)) {
      this.#state = "over";
      const message = `compressed connections hold all the memory they may; send in the clear, ` +
        "or try again later";
      return this.events.over({ code: "too_many_compressed", message });
    }
    this.#heldBytes = bytes;
    this.#isGuest = isGuest;
    this.#state = "decoding";
    this.#decoder = new StreamDecoder(format, {
      bytes: (content) => this.events.bytes(content),
      drain: () => this.socket.resume(),
      over: (fault) => {
        this.drop();
        this.events.over(fault);
      },
    });
    this.#decode(beginning);
  }

  #decode(bytes: Uint8Array): void {
    if (this.#decoder?.push(bytes) === false) this.socket.pause();
  }

  #leaveRoom(): void {
    this.room.giveBack(this.#heldBytes, this.#isGuest);
    this.#heldBytes = 0;
    this.#isGuest = false;
  }
}
