/**
 * What Prometheus posts as remote write 1.0 (a snappy block of a prometheus.WriteRequest), as lines
 * for the archive: one a series, `{"labels":{"__name__":"up",…},"samples":[[<epoch ms>,<value>],…]}`.
 * Labels stand in the order sent. NaN, which exporters tell of a sensor that can't be read, is null; infinities
 * are the texts "+Inf", "-Inf". Promises:
 * never throws; all of the request or nothing. Left out: staleness markers and native histograms,
 * which are counted; metadata and exemplars; series that have no samples then. A series too long for
 * a line continues in further ones, under the same labels.
 *
 * Format: prometheus.io/docs/specs/prw/remote_write_spec, prompb/types.proto.
 */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { LIMITS } from "../limits.ts";
import { unpackSnappyBlock } from "./snappy_block.ts";

export type RemoteWriteLines =
  | {
    readonly kind: "lines";
    readonly lines: readonly string[];
    readonly samples: number;
    readonly series: number;
    /** Samples that say that a series has ended. */
    readonly stale: number;
    readonly histograms: number;
  }
  | { readonly kind: "refused"; readonly message: string };

export function remoteWriteLines(body: Uint8Array): RemoteWriteLines {
  try {
    return new WriteRequest(unpackSnappyBlock(body, LIMITS.httpBodyBytesMax)).read();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: "refused", message: `Cannot read the write request: ${why}.` };
  }
}

/** `(field << 3) | wire type`: what a tag is as one number. */
const tagOf = (field: number, wireType: WireType) => (field << 3) | wireType;
const FIRST_NESTED = tagOf(1, WireType.LengthDelimited);
const SECOND_NESTED = tagOf(2, WireType.LengthDelimited);
const HISTOGRAM = tagOf(4, WireType.LengthDelimited);
const SAMPLE_VALUE = tagOf(1, WireType.Bit64);
const SAMPLE_TIME = tagOf(2, WireType.Varint);

class WriteRequest {
  readonly #reader: BinaryReader;
  readonly #end: number;
  readonly #lines: string[] = [];
  #linesBytes = 0;
  #valuesLeft: number = LIMITS.httpBodyValuesMax;
  #samples = 0;
  #series = 0;
  #stale = 0;
  #histograms = 0;

  constructor(message: Uint8Array) {
    this.#reader = new BinaryReader(message);
    this.#end = message.length;
  }

  read(): RemoteWriteLines {
    this.#fields(this.#end, (tag) => {
      if (tag !== FIRST_NESTED) return false;
      this.#takeSeries(this.#lengthEnd());
      return true;
    });
    return {
      kind: "lines",
      lines: this.#lines,
      samples: this.#samples,
      series: this.#series,
      stale: this.#stale,
      histograms: this.#histograms,
    };
  }

  /** Written as text: an object would put `1` first, and lose `__proto__`. */
  #takeSeries(end: number): void {
    const labels: string[] = [];
    const samples: string[] = [];
    this.#fields(end, (tag) => {
      if (tag === FIRST_NESTED) labels.push(this.#label(this.#lengthEnd()));
      else if (tag === SECOND_NESTED) {
        const sample = this.#sample(this.#lengthEnd());
        if (sample === null) this.#stale++;
        else samples.push(sample);
      } else {
        if (tag === HISTOGRAM) this.#histograms++;
        return false;
      }
      return true;
    });
    this.#series++;
    this.#samples += samples.length;
    this.#write(`{"labels":{${labels.join(",")}},"samples":[`, samples);
  }

  #label(end: number): string {
    let name = "";
    let value = "";
    this.#fields(end, (tag) => {
      if (tag === FIRST_NESTED) name = this.#reader.string();
      else if (tag === SECOND_NESTED) value = this.#reader.string();
      else return false;
      return true;
    });
    return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  }

  /** `[time,value]`, or null for a staleness marker: a NaN of its own bits. */
  #sample(end: number): string | null {
    const reader = this.#reader;
    let time = "0";
    let value: string | null = "0";
    this.#fields(end, (tag) => {
      if (tag === SAMPLE_VALUE) {
        const low = reader.fixed32();
        const high = reader.fixed32();
        reader.pos -= 8;
        const number = reader.double();
        value = high === 0x7ff00000 && low === 2 ? null : textOf(number);
      } else if (tag === SAMPLE_TIME) time = String(reader.int64());
      else return false;
      return true;
    });
    return value === null ? null : `[${time},${value}]`;
  }

  /** Lines of as many samples as fit; two bytes close a line. */
  #write(head: string, samples: readonly string[]): void {
    const headBytes = Buffer.byteLength(head) + 2;
    let first = 0;
    while (first < samples.length) {
      let bytes = headBytes + samples[first]!.length;
      let next = first + 1;
      while (
        next < samples.length && next - first < LIMITS.lineRecordsMax &&
        bytes + 1 + samples[next]!.length < LIMITS.lineBytesMax
      ) {
        bytes += 1 + samples[next++]!.length;
      }
      if (bytes >= LIMITS.lineBytesMax) {
        throw new RangeError(
          `the labels of a series take ${headBytes} bytes; ` +
            `a line, with a sample, has less than ${LIMITS.lineBytesMax}`,
        );
      }
      this.#linesBytes += bytes;
      if (this.#linesBytes > LIMITS.httpBodyLinesBytesMax) {
        throw new RangeError(
          `its lines take more than ${LIMITS.httpBodyLinesBytesMax} bytes; send smaller batches`,
        );
      }
      this.#lines.push(`${head}${samples.slice(first, next).join(",")}]}`);
      first = next;
    }
  }

  /** Fields up to `end`; one that `take` leaves (false) is passed over. */
  #fields(end: number, take: (tag: number) => boolean): void {
    const reader = this.#reader;
    if (end > this.#end) throw new RangeError(`a length passes the end, ${this.#end} bytes`);
    while (reader.pos < end) {
      if (--this.#valuesLeft < 0) {
        throw new RangeError(`more than ${LIMITS.httpBodyValuesMax} values; send smaller batches`);
      }
      const [field, wireType] = reader.tag();
      if (!take(tagOf(field, wireType))) reader.skip(wireType, field);
    }
    if (reader.pos !== end) {
      throw new RangeError(`a field passes its message's end, byte ${end} of ${this.#end}`);
    }
  }

  #lengthEnd(): number {
    const length = this.#reader.uint32();
    return this.#reader.pos + length;
  }
}

function textOf(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "null" : value > 0 ? '"+Inf"' : '"-Inf"';
}
