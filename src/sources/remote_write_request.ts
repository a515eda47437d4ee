/**
 * A request of Prometheus remote write 1.0 (`POST /api/v1/write`: snappy's block format around a
 * protobuf `WriteRequest`) → lines for the archive, one a series:
 *
 * ```
 * {"labels":{"__name__":"node_hwmon_temp_celsius","instance":"h:9100"},"samples":[[1763692976000,52]]}
 * ```
 *
 * Stale markers (a NaN of its own) say that a series ended: they are counted and
 * left out. Any other NaN or infinity stands as the text `"NaN"`, `"+Inf"`, `"-Inf"`.
 * https://prometheus.io/docs/specs/prw/remote_write_spec/
 */
import { snappyUncompress } from "hysnappy";
import { LIMITS } from "../limits.ts";
import { WRITE_REQUEST } from "./protobuf_messages.ts";

export type RemoteWriteLines =
  | {
    readonly kind: "lines";
    readonly lines: readonly string[];
    readonly series: number;
    readonly samples: number;
    readonly stale: number;
  }
  | { readonly kind: "refused"; readonly message: string };

/** The two halves of 64 bits. */
interface Bits {
  readonly low: number;
  readonly high: number;
}

interface WriteRequest {
  readonly timeseries: readonly {
    readonly labels: readonly { readonly name: string; readonly value: string }[];
    readonly samples: readonly {
      /** 0 where it was left out. */
      readonly value: Bits | 0;
      readonly timestamp: Bits | 0;
    }[];
  }[];
}

export function remoteWriteLines(body: Uint8Array): RemoteWriteLines {
  const size = uncompressedBytes(body);
  if (size === null) return refused("the body is not snappy's block format");
  if (size > LIMITS.httpBodyBytesMax) {
    return refused(
      `it has ${size} bytes uncompressed, at most ${LIMITS.httpBodyBytesMax} are read`,
    );
  }
  let request: WriteRequest;
  try {
    request = WRITE_REQUEST.decode(snappyUncompress(body, size)) as unknown as WriteRequest;
  } catch (error) {
    return refused(`the body is no snappy-compressed WriteRequest (${(error as Error).message})`);
  }
  const lines: string[] = [];
  let samples = 0, stale = 0;
  for (const series of request.timeseries) {
    const labels = Object.fromEntries(series.labels.map(({ name, value }) => [name, value]));
    const kept: string[] = [];
    for (const { value, timestamp } of series.samples) {
      if (isStaleMarker(value)) stale++;
      else kept.push(`[${wholeNumber(timestamp)},${valueText(doubleOf(value))}]`);
    }
    samples += kept.length;
    for (let from = 0; from < kept.length; from += LIMITS.lineRecordsMax) {
      const part = kept.slice(from, from + LIMITS.lineRecordsMax).join(",");
      const line = `{"labels":${JSON.stringify(labels)},"samples":[${part}]}`;
      if (Buffer.byteLength(line) >= LIMITS.lineBytesMax) {
        return refused(`a series is longer than a line may be, ${LIMITS.lineBytesMax - 1} bytes`);
      }
      lines.push(line);
    }
  }
  return { kind: "lines", lines, series: request.timeseries.length, samples, stale };
}

function refused(reason: string): RemoteWriteLines {
  return { kind: "refused", message: `Cannot read the write request: ${reason}.` };
}

/** The varint that a block begins with (snappy's format_description.txt, 1); null for none. */
function uncompressedBytes(body: Uint8Array): number | null {
  let size = 0;
  for (let index = 0; index < 5; index++) {
    const byte = body[index];
    if (byte === undefined) return null;
    size += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return size <= 0xffff_ffff ? size : null;
  }
  return null;
}

/** StaleNaN of https://github.com/prometheus/prometheus/blob/main/model/value/value.go. */
function isStaleMarker(value: Bits | 0): boolean {
  return value !== 0 && value.high === 0x7ff0_0000 && value.low === 2;
}

const scratch = new DataView(new ArrayBuffer(8));

function doubleOf(value: Bits | 0): number {
  if (value === 0) return 0;
  scratch.setInt32(0, value.high);
  scratch.setInt32(4, value.low);
  return scratch.getFloat64(0);
}

function wholeNumber(value: Bits | 0): number {
  return value === 0 ? 0 : value.high * 2 ** 32 + (value.low >>> 0);
}

function valueText(value: number): string {
  if (Number.isFinite(value)) return JSON.stringify(value);
  return value !== value ? '"NaN"' : value > 0 ? '"+Inf"' : '"-Inf"';
}
