/**
 * A gzip or zstd stream that comes piece by piece → its content as it comes: what was flushed by the
 * sender is given on at once. Several members, or frames, are one stream. Never more than
 * `decoderAheadBytes` is decoded ahead of whoever takes it, however far the stream would expand.
 *
 * All content before a fault is given on before the fault is told. zlib keeps to itself what it
 * decoded of a piece that turns out to be damaged, so a second one tries each piece first; a damaged
 * piece is then decoded byte by byte.
 *
 * ```
 * push ─► pieces, waiting ─► trial, its content is let go ─► unpack ─► bytes
 *   false: enough wait, until `drain`                          └─ pause / resume
 * ```
 */
import type { Transform } from "node:stream";
import { constants, createGunzip, createZstdDecompress } from "node:zlib";
import { LIMITS } from "../limits.ts";
import { ZstdFrames } from "./zstd_frames.ts";

export interface StreamFault {
  readonly code: "damaged_stream" | "expands_too_much";
  /** With the format and the offset, in the bytes as they came, up to which it was read. */
  readonly message: string;
}

export interface DecoderEvents {
  bytes(content: Uint8Array): void;
  /** It takes more again. */
  drain(): void;
  /** Nothing comes after it; null where the stream ended as it should. */
  over(fault: StreamFault | null): void;
}

const OPTIONS = {
  chunkSize: LIMITS.decoderAheadBytes,
  readableHighWaterMark: LIMITS.decoderAheadBytes,
};
const ZSTD_OPTIONS = {
  ...OPTIONS,
  params: { [constants.ZSTD_d_windowLogMax]: Math.log2(LIMITS.zstdWindowBytesMax) },
};

export class StreamDecoder {
  readonly #unpack: Transform;
  readonly #trial: Transform;
  readonly #frames: ZstdFrames | null;
  #pieces: Uint8Array[] = [];
  #waitingBytes = 0;
  #readBytes = 0;
  #contentBytes = 0;
  #trialBytes = 0;
  #isRunning = false;
  #isFull = false;
  #isEnding = false;
  #isFinishing = false;
  #isOver = false;

  constructor(readonly format: "gzip" | "zstd", private readonly events: DecoderEvents) {
    this.#frames = format === "zstd" ? new ZstdFrames() : null;
    this.#unpack = this.#opened();
    this.#unpack.on("data", (content: Uint8Array) => this.#give(content));
    this.#unpack.on("end", () => {
      if (!this.#isFinishing) this.#damaged("it goes on with bytes that are not of its format");
    });
    this.#trial = this.#opened();
    this.#trial.on("data", (content: Uint8Array) => {
      this.#trialBytes += content.length;
      if (this.#trialBytes > this.#contentBytesMax) this.#trial.destroy();
    });
  }

  /** False where it is to be given no more until it drains. */
  push(bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length; at += LIMITS.decoderPieceBytes) {
      this.#pieces.push(bytes.subarray(at, at + LIMITS.decoderPieceBytes));
    }
    this.#waitingBytes += bytes.length;
    this.#isFull = this.#waitingBytes > LIMITS.decoderAheadBytes;
    void this.#run();
    return !this.#isFull;
  }

  /** No more will come. */
  end(): void {
    this.#isEnding = true;
    void this.#run();
  }

  pause(): void {
    this.#unpack.pause();
  }

  resume(): void {
    this.#unpack.resume();
  }

  /** Nothing is told any more. */
  drop(): void {
    this.#isOver = true;
    this.#pieces = [];
    this.#unpack.destroy();
    this.#trial.destroy();
  }

  #opened(): Transform {
    const unpack = this.format === "gzip"
      ? createGunzip(OPTIONS)
      : createZstdDecompress(ZSTD_OPTIONS);
    // Told by each write; what comes between two is nobody's.
    return unpack.on("error", () => {});
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let piece; !this.#isOver && (piece = this.#pieces.shift()) !== undefined;) {
      this.#waitingBytes -= piece.length;
      const reason = await this.#decode(piece);
      if (reason !== null) return this.#damaged(reason);
      if (this.#isOver) return;
      if (this.#isFull && this.#waitingBytes <= LIMITS.decoderAheadBytes / 2) {
        this.#isFull = false;
        this.events.drain();
      }
    }
    this.#isRunning = false;
    if (this.#isEnding && !this.#isOver) await this.#finish();
  }

  /** Why it could not be decoded. */
  async #decode(piece: Uint8Array): Promise<string | null> {
    // A trial that went too far was ended: its content is for the bound to stop.
    const isSound = this.#trial.destroyed && this.#trialBytes > this.#contentBytesMax ||
      await written(this.#trial, piece) === null ||
      this.#trialBytes > this.#contentBytesMax;
    const step = isSound ? piece.length : 1;
    for (let at = 0; at < piece.length && !this.#isOver; at += step) {
      const bytes = piece.subarray(at, at + step);
      const reason = await written(this.#unpack, bytes);
      if (reason !== null) return reason;
      this.#frames?.push(bytes);
      this.#readBytes += bytes.length;
    }
    return null;
  }

  async #finish(): Promise<void> {
    this.#isFinishing = true;
    const reason = await ended(this.#unpack);
    if (reason !== null) return this.#damaged(reason);
    // A cut frame decompresses to less, without an error.
    if (this.#frames?.whole === false) return this.#damaged("it is cut short");
    this.#over(null);
  }

  get #contentBytesMax(): number {
    const { decompressedBytesFloor, decompressedRatioMax, decoderPieceBytes } = LIMITS;
    const bytes = this.#readBytes + decoderPieceBytes;
    return Math.max(decompressedBytesFloor, bytes * decompressedRatioMax);
  }

  #give(content: Uint8Array): void {
    if (this.#isOver) return;
    if (this.#contentBytes + content.length <= this.#contentBytesMax) {
      this.#contentBytes += content.length;
      return this.events.bytes(content);
    }
    this.#over({
      code: "expands_too_much",
      message: `the ${this.format} stream expands too much: to more than ` +
        `${LIMITS.decompressedRatioMax} times its size and ${LIMITS.decompressedBytesFloor} ` +
        `bytes, after its offset ${this.#readBytes}; the lines before are kept`,
    });
  }

  #damaged(reason: string): void {
    this.#over({
      code: "damaged_stream",
      message: `the ${this.format} stream is damaged at its offset ${this.#readBytes}, after ` +
        `${this.#contentBytes} bytes of content: ${reason}; the lines before are kept`,
    });
  }

  #over(fault: StreamFault | null): void {
    if (this.#isOver) return;
    this.drop();
    this.events.over(fault);
  }
}

/** Resolves once the content of these bytes was taken, or with why it could not be decoded. */
function written(stream: Transform, bytes: Uint8Array): Promise<string | null> {
  return settled(stream, (done) => stream.write(bytes, done), "it goes on after its end");
}

/** Resolves once all of the stream was taken, or with what is wrong with its end. */
function ended(stream: Transform): Promise<string | null> {
  return settled(stream, (done) => stream.once("end", () => done()).end(), "it is cut short");
}

/** A stream that fails calls back or not, and says so or is closed. */
function settled(
  stream: Transform,
  begin: (done: (error?: Error | null) => void) => void,
  closedReason: string,
): Promise<string | null> {
  return new Promise((resolve) => {
    const fail = (error: Error) => finish(error.message);
    const close = () => finish(closedReason);
    const finish = (reason: string | null) => {
      stream.off("error", fail).off("close", close);
      resolve(reason);
    };
    if (stream.destroyed) return close();
    stream.once("error", fail).once("close", close);
    begin((error) => error ? fail(error) : finish(null));
  });
}
