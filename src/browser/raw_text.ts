/**
 * Raw text of a line that was refused, for people: what can't be seen is shown as a sign, and a long
 * line is cut until all of it is asked for. Pure; what it gives is text and never markup.
 */

/** `hidden`: a stand-in for a character that can't be seen. */
export interface RawPart {
  readonly text: string;
  readonly hidden: boolean;
}

export const RAW_CHARS_SHOWN = 240;

/** C0, DEL, C1, and what changes direction, joins or takes no room. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u00a0\ufffd]/u;

/** In parts of one kind. */
export function rawParts(raw: string): readonly RawPart[] {
  const parts: { text: string; hidden: boolean }[] = [];
  for (const character of raw) {
    const hidden = HIDDEN.test(character);
    const text = hidden ? signOf(character) : character;
    const last = parts.at(-1);
    if (last !== undefined && last.hidden === hidden) last.text += text;
    else parts.push({ text, hidden });
  }
  return parts;
}

/** The beginning of a long text, never half a character of it; null where all of it is short. */
export function shortened(raw: string, charsMax = RAW_CHARS_SHOWN): string | null {
  if (raw.length <= charsMax) return null;
  const isSplit = /[\ud800-\udbff]/.test(raw[charsMax - 1] ?? "");
  return raw.slice(0, isSplit ? charsMax - 1 : charsMax);
}

const SHORT: Readonly<Record<string, string>> = { "\t": "\\t", "\r": "\\r", "\n": "\\n" };

/** `\t`, `\x01`, `\u202e`: as programs write them. */
function signOf(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = (character.codePointAt(0) ?? 0).toString(16);
  if (code.length <= 2) return `\\x${code.padStart(2, "0")}`;
  return code.length <= 4 ? `\\u${code.padStart(4, "0")}` : `\\u{${code}}`;
}
