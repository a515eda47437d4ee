/**
 * JSON documents → records: an array of objects, or objects one after the other over several lines
 * each. Streaming, one element in memory. Where the document's structure is broken, that is a dead
 * letter `damaged_file`, and what can be read around it is read.
 */
import { LIMITS } from "../limits.ts";
import type { SourceItem } from "../model/record.ts";
import { deadLetter } from "./dead_letter.ts";
import { JsonElements } from "./json_elements.ts";
import { invalidUtf8, parseJsonText } from "./line_parser.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lossy = new TextDecoder("utf-8", { ignoreBOM: true });

/** Items of all elements, a list for each chunk that completed some. */
export async function* readJson(
  chunks: AsyncIterable<Uint8Array>,
  elementBytesMax: number = LIMITS.jsonArrayElementBytesMax,
): AsyncGenerator<SourceItem[], void, void> {
  let items: SourceItem[] = [];
  const elements = new JsonElements({
    element: (bytes, offset) => items.push(elementItem(bytes, offset)),
    tooLong: (head, offset) => {
      const detail = `an element may have ${elementBytesMax} bytes; of this one the head is kept`;
      items.push(deadLetter(offset, "line_too_long", detail, lossy.decode(head)));
    },
    fault: (reason, offset) => {
      items.push(deadLetter(offset, "damaged_file", `${reason} (byte ${offset})`, ""));
    },
  }, elementBytesMax);
  for await (const chunk of chunks) {
    elements.push(chunk);
    if (items.length > 0) yield items;
    items = [];
  }
  elements.end();
  if (items.length > 0) yield items;
}

function elementItem(bytes: Uint8Array, offset: number): SourceItem {
  let text: string;
  try {
    text = strict.decode(bytes);
  } catch {
    return invalidUtf8(bytes, offset);
  }
  return parseJsonText(text, offset);
}
