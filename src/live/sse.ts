/**
 * Server-Sent Events as bytes (HTML Living Standard, 9.2). Data can't break out of its event: every
 * line break in it begins a further `data:` line, and types are plain words.
 */
import type { LiveEvent } from "../model/live_event.ts";

/** One event, encoded once for however many clients. */
export interface EncodedEvent {
  readonly id: number;
  readonly bytes: Uint8Array;
}

const TEXT = new TextEncoder();

/** A comment: keeps proxies and clients from taking a quiet stream for a dead one. */
export const HEARTBEAT: Uint8Array = TEXT.encode(":\n\n");

/** How long a client waits before it comes back. */
export function encodeRetry(retryMs: number): Uint8Array {
  return TEXT.encode(`retry: ${Math.round(retryMs)}\n\n`);
}

/** `data` is text, of any number of lines. */
export function encodeEvent(type: LiveEvent["type"], id: number, data: string): EncodedEvent {
  const lines = /[\r\n]/.test(data) ? data.split(/\r\n|\r|\n/).join("\ndata: ") : data;
  return { id, bytes: TEXT.encode(`event: ${type}\nid: ${id}\ndata: ${lines}\n\n`) };
}
