/**
 * What OTLP/HTTP agents post to `/v1/metrics`, in JSON or protobuf, as lines for the archive, and
 * the answers they are given. Promises: never throws; both forms of a request give lines of the same
 * form; lines hold what was sent, field by field, integers of 64 bits to the last digit. Refuses a
 * request whole, with the rule it breaks.
 *
 * Format: opentelemetry.io/docs/specs/otlp (OTLP/HTTP, "JSON Protobuf Encoding").
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { LIMITS } from "../limits.ts";
import { describeJsonFault, jsonFault, nestsDeeperThan } from "./json_fault.ts";
import { linesOfRequest, type OtlpLines } from "./otlp_lines.ts";
import { OTLP_MESSAGES } from "./otlp_messages.ts";
import { readMessage } from "./protobuf_message.ts";

export type { OtlpLines };

const UTF8 = new TextDecoder("utf-8", { fatal: true });
/** A bare integer that a double may not hold; also found within texts, which costs only time. */
const LONG_INTEGER = /[:,[]\s*-?\d{16}/;

export function otlpJsonLines(body: Uint8Array): OtlpLines {
  try {
    boundValues(body);
    return linesOfRequest(parsed(UTF8.decode(body)));
  } catch (error) {
    return refused("the body is no request in OTLP/JSON", error);
  }
}

export function otlpProtobufLines(body: Uint8Array): OtlpLines {
  try {
    return linesOfRequest(readMessage(OTLP_MESSAGES["Request"]!, body));
  } catch (error) {
    return refused("the body is no ExportMetricsServiceRequest", error);
  }
}

/** An ExportMetricsServiceResponse: all was taken, or all but what `partial` says. */
export function otlpSuccess(
  form: "json" | "protobuf",
  partial: null | { readonly rejectedDataPoints: number; readonly errorMessage: string } = null,
): Uint8Array<ArrayBuffer> {
  if (form === "json") {
    const answer = partial === null ? {} : {
      partialSuccess: {
        rejectedDataPoints: String(partial.rejectedDataPoints),
        errorMessage: partial.errorMessage,
      },
    };
    return new TextEncoder().encode(JSON.stringify(answer));
  }
  const writer = new BinaryWriter();
  if (partial !== null) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Varint).int64(partial.rejectedDataPoints);
    writer.tag(2, WireType.LengthDelimited).string(partial.errorMessage);
    writer.join();
  }
  return writer.finish();
}

/** Each value but a first one follows a `,`, `{` or `[`: that many at most are in the body. */
function boundValues(body: Uint8Array): void {
  if (body.length <= LIMITS.httpBodyValuesMax) return;
  let values = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === 44 || byte === 91 || byte === 123) values++;
  }
  if (values > LIMITS.httpBodyValuesMax) {
    throw new RangeError(
      `more than ${LIMITS.httpBodyValuesMax} values; send smaller batches`,
    );
  }
}

function parsed(text: string): unknown {
  if (nestsDeeperThan(text, LIMITS.jsonDepthMax)) {
    throw new RangeError(`JSON nests deeper than ${LIMITS.jsonDepthMax}`);
  }
  try {
    return LONG_INTEGER.test(text) ? JSON.parse(text, exactInteger) : JSON.parse(text);
  } catch (error) {
    const fault = jsonFault(text);
    if (fault === null) throw error;
    throw new TypeError(describeJsonFault(text, fault), { cause: error });
  }
}

/** 64-bit integers may be sent as JSON numbers; beyond 2^53 they become texts, before rounding. */
function exactInteger(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && /^-?\d+$/.test(source) ? source : value;
}

function refused(what: string, error: unknown): OtlpLines {
  const why = error instanceof Error ? error.message : String(error);
  return { kind: "refused", message: `Cannot read the metrics: ${what} (${why}).` };
}
