/**
 * Protobuf messages as the objects of their JSON form, by a schema given as a table. The wire is
 * read by `@bufbuild/protobuf/wire`; owned here is which field means what, and the bounds: values
 * of one message in all (`httpBodyValuesMax`), nesting (`protobufDepthMax`). Throws on anything that
 * is not such a message; unknown fields are passed over, as protobuf has it.
 *
 * Formats: protobuf.dev/programming-guides/encoding and …/json: 64-bit integers are decimal texts,
 * enums numbers (as OTLP/JSON has them), NaN and infinities texts; what was not sent is absent.
 */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { LIMITS } from "../limits.ts";

/** By message, by field number: `[repeated | oneof] type name`, as in a .proto file. */
export type SchemaText = Readonly<Record<string, Readonly<Record<number, string>>>>;
export type JsonObject = { [name: string]: unknown };

interface Field {
  readonly name: string;
  readonly repeated: boolean;
  /** One of several of which the last one sent counts; a message here has one such group. */
  readonly oneof: boolean;
  readonly wireType: WireType;
  readonly scalar: ((reader: BinaryReader) => unknown) | null;
  /** Fields by number, where the type is a message. */
  readonly message: readonly (Field | undefined)[];
}
export type Message = readonly (Field | undefined)[];

/** `hex` is `bytes` whose JSON form is hexadecimal, as OTLP has it for ids. */
const SCALARS: Readonly<Record<string, [WireType, (reader: BinaryReader) => unknown]>> = {
  string: [WireType.LengthDelimited, (reader) => reader.string()],
  bytes: [WireType.LengthDelimited, (reader) => reader.bytes().toBase64()],
  hex: [WireType.LengthDelimited, (reader) => reader.bytes().toHex()],
  bool: [WireType.Varint, (reader) => reader.bool()],
  int32: [WireType.Varint, (reader) => reader.int32()],
  uint32: [WireType.Varint, (reader) => reader.uint32()],
  sint32: [WireType.Varint, (reader) => reader.sint32()],
  int64: [WireType.Varint, (reader) => String(reader.int64())],
  uint64: [WireType.Varint, (reader) => String(reader.uint64())],
  fixed64: [WireType.Bit64, (reader) => String(reader.fixed64())],
  sfixed64: [WireType.Bit64, (reader) => String(reader.sfixed64())],
  double: [WireType.Bit64, (reader) => {
    const value = reader.double();
    return Number.isFinite(value) ? value : String(value);
  }],
};

export function protobufSchema(text: SchemaText): Readonly<Record<string, Message>> {
  const messages: Record<string, (Field | undefined)[]> = {};
  for (const name of Object.keys(text)) messages[name] = [];
  for (const [messageName, fields] of Object.entries(text)) {
    for (const [number, declaration] of Object.entries(fields)) {
      const words = declaration.split(" ");
      const [type = "", name = ""] = words.slice(-2);
      const scalar = SCALARS[type];
      const message = messages[type];
      if (scalar === undefined && message === undefined) {
        throw new TypeError(`Cannot read the schema: ${messageName}.${name} has type "${type}"`);
      }
      messages[messageName]![Number(number)] = {
        name,
        repeated: words[0] === "repeated",
        oneof: words[0] === "oneof",
        wireType: scalar?.[0] ?? WireType.LengthDelimited,
        scalar: scalar?.[1] ?? null,
        message: message ?? [],
      };
    }
  }
  return messages;
}

/** Throws where `bytes` is no such message, or one beyond the bounds; says at which byte. */
export function readMessage(message: Message, bytes: Uint8Array): JsonObject {
  const decoding = new Decoding(bytes);
  try {
    return decoding.read(message, bytes.length, {}, 1);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const at = Math.min(decoding.reader.pos, bytes.length);
    throw new RangeError(`${why} (at byte ${at} of ${bytes.length})`, { cause: error });
  }
}

class Decoding {
  readonly reader: BinaryReader;
  #valuesLeft: number = LIMITS.httpBodyValuesMax;

  constructor(bytes: Uint8Array) {
    this.reader = new BinaryReader(bytes);
  }

  read(message: Message, end: number, into: JsonObject, depth: number): JsonObject {
    if (depth > LIMITS.protobufDepthMax) {
      throw new RangeError(`messages nest deeper than ${LIMITS.protobufDepthMax}`);
    }
    let chosen: string | null = null;
    while (this.reader.pos < end) {
      const [number, wireType] = this.reader.tag();
      const field = message[number];
      this.#count();
      if (field !== undefined && field.oneof) {
        if (chosen !== null && chosen !== field.name) delete into[chosen];
        chosen = field.name;
      }
      if (field === undefined || !this.#take(field, wireType, end, into, depth)) {
        this.reader.skip(wireType, number);
      }
    }
    if (this.reader.pos !== end) throw new RangeError("a field passes its message's end");
    return into;
  }

  /** False where the wire type is not the field's: that is an unknown field. */
  #take(field: Field, wireType: WireType, end: number, into: JsonObject, depth: number): boolean {
    if (field.scalar === null) {
      if (wireType !== WireType.LengthDelimited) return false;
      const before = field.repeated ? undefined : into[field.name];
      const value = this.#nested(field, end, (before ?? {}) as JsonObject, depth);
      this.#put(field, into, value);
    } else if (wireType === field.wireType) {
      this.#put(field, into, field.scalar(this.reader));
    } else if (field.repeated && wireType === WireType.LengthDelimited) {
      const packedEnd = this.#lengthEnd(end);
      while (this.reader.pos < packedEnd) {
        this.#count();
        this.#put(field, into, field.scalar(this.reader));
      }
      if (this.reader.pos !== packedEnd) {
        throw new RangeError("a packed value passes its list's end");
      }
    } else {
      return false;
    }
    return true;
  }

  /** A singular message that comes twice is merged. */
  #nested(field: Field, end: number, into: JsonObject, depth: number): JsonObject {
    return this.read(field.message, this.#lengthEnd(end), into, depth + 1);
  }

  #put(field: Field, into: JsonObject, value: unknown): void {
    if (!field.repeated) into[field.name] = value;
    else if (into[field.name] === undefined) into[field.name] = [value];
    else (into[field.name] as unknown[]).push(value);
  }

  /** Where the length-delimited value that begins here ends. */
  #lengthEnd(end: number): number {
    const length = this.reader.uint32();
    if (this.reader.pos + length > end) throw new RangeError("a length passes its message's end");
    return this.reader.pos + length;
  }

  #count(): void {
    if (--this.#valuesLeft < 0) {
      throw new RangeError(
        `more than ${LIMITS.httpBodyValuesMax} values; send smaller batches`,
      );
    }
  }
}
