/** Values as people read them in details and reports: bounded, one line, no control characters. */

const PREVIEW_CHARS_MAX = 80;

/** A value for a message. Never throws, whatever it is given. */
export function preview(value: unknown): string {
  if (typeof value === "string") {
    const cut = value.length > PREVIEW_CHARS_MAX;
    const text = visible(JSON.stringify(cut ? value.slice(0, PREVIEW_CHARS_MAX) : value));
    return cut ? `${text}… (${value.length} characters)` : text;
  }
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Date) return "an invalid date";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "function" ? "a function" : String(value).slice(0, PREVIEW_CHARS_MAX);
}

/** A text within so many bytes of UTF-8, cut between characters. */
export function cutToBytes(text: string, bytesMax: number): string {
  // No UTF-16 unit takes more than three bytes.
  if (text.length * 3 <= bytesMax) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytesMax));
  return text.slice(0, read);
}

/** A text for a terminal: no character of it moves the cursor, rings, or turns the line around. */
export function printable(text: string): string {
  return visible(text.replace(
    // deno-lint-ignore no-control-regex
    /[\u0000-\u001f]/g,
    (character) => JSON.stringify(character).slice(1, -1),
  ));
}

/** Characters that reorder or hide text are written out, as JSON does with control characters. */
function visible(text: string): string {
  return text.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}
