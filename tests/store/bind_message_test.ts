import { expect, test } from "bun:test";
import fc from "fast-check";
import { serialize } from "pg-protocol";
import { bindMessage } from "../../src/store/bind_message.ts";
import type { Column, SqlValue } from "../../src/store/database.ts";
import { encodeParameter } from "../../src/store/encode.ts";

const parameter: fc.Arbitrary<SqlValue | Column> = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.option(fc.string({ unit: "grapheme" }))),
  fc.int32Array(),
  fc.int16Array(),
  fc.float64Array(),
);

test("a Bind message has the bytes that the driver's own serialiser writes", () => {
  fc.assert(
    fc.property(fc.string(), fc.array(parameter), (name, values) => {
      const statement = name.replaceAll("\0", "");
      const driver = serialize.bind({
        statement,
        values: values.map((value) => {
          const encoded = encodeParameter(value);
          return encoded instanceof Uint8Array ? Buffer.from(encoded) : encoded;
        }),
      });
      expect(Buffer.from(bindMessage(statement, values)).equals(driver)).toBe(true);
    }),
  );
});
