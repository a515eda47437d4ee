/** What senders send: lines of every kind, each with its own name in it, and what must become of it. */
import { LIMITS } from "../../src/limits.ts";
import { REFUSED_VOLTS } from "./store.ts";
import type { Schedule } from "./schedule.ts";

export interface Line {
  /** Without LF; a CR before it is a part of it. */
  readonly bytes: Uint8Array;
  readonly becomes: "reading" | "dead_letter" | "nothing";
}

/** Which line this is, by its text: of which sender's connection or stream, and which one of it. */
export function nameOf(text: string): { readonly key: string; readonly nth: number } | null {
  const match = /#([a-z0-9]+)\.(\d+)#/.exec(text);
  return match === null ? null : { key: match[1]!, nth: Number(match[2]) };
}

export function makeLine(schedule: Schedule, key: string, nth: number, host: string): Line {
  const name = `#${key}.${nth}#`;
  const atMs = Date.UTC(2025, 10, 21, 2, 42) + Math.floor(schedule.nowMs);
  const good = (change: Record<string, unknown> = {}) =>
    JSON.stringify({
      id: name,
      host_id: host,
      timestamp: new Date(atMs).toISOString(),
      temp_c: 20 + schedule.between(0, 400) / 10,
      cpu_load: schedule.between(0, 70),
      ...change,
    });
  const luck = schedule.between(0, 99);
  if (luck < 5) return line(["", " ", "\r", "\t \r"][luck % 4]!, "nothing");
  if (luck < 12) return line(`${name} is no JSON`, "dead_letter");
  if (luck < 15) return line(good({ temp_c: 1e9 }), "dead_letter");
  if (luck < 18) return { bytes: brokenUtf8(name), becomes: "dead_letter" };
  if (luck < 22) return line(good({ voltage: REFUSED_VOLTS }), "dead_letter");
  if (luck < 24) return line(good({ x: "y".repeat(LIMITS.lineBytesMax) }), "dead_letter");
  if (luck < 35) return line(good({ note: "größer 🌡" }) + "\r", "reading");
  return line(good(), "reading");
}

/** As the archive must have it: what is too long is cut. */
export function archived(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, LIMITS.lineBytesMax);
}

function line(text: string, becomes: Line["becomes"]): Line {
  return { bytes: new TextEncoder().encode(text), becomes };
}

function brokenUtf8(name: string): Uint8Array {
  return Buffer.concat([
    Buffer.from(`{"id":"${name}","x":"`),
    Uint8Array.of(0xff, 0xc3),
    Buffer.from('"}'),
  ]);
}
