/**
 * The cursor: where in time the page stands and how it moves. Live is speed 1 at the head; pause, an
 * hour ago and 8× through last night are the same thing at another place. Everything here is a pure
 * function of the cursor and the server's clock, epoch ms; nothing ticks.
 */
import { formatShort } from "./format.ts";

export type Cursor =
  | { readonly kind: "live" }
  | { readonly kind: "paused"; readonly atMs: number }
  /** Stood at `fromMs` when the server's clock was `sinceMs`, and goes `speed` ms a ms. */
  | {
    readonly kind: "replay";
    readonly fromMs: number;
    readonly sinceMs: number;
    readonly speed: number;
  };

export const LIVE: Cursor = { kind: "live" };

/** What the speed slider offers; between them is nothing that anybody would miss. */
export const SPEEDS = [0.1, 0.2, 0.5, 1, 2, 4, 8, 15, 30, 60, 100] as const;
export const SPEED_MIN = SPEEDS[0];
export const SPEED_MAX = 100;

/** Where the cursor stands; never after the head, which is the server's clock. */
export function cursorMs(cursor: Cursor, nowMs: number): number {
  switch (cursor.kind) {
    case "live":
      return nowMs;
    case "paused":
      return Math.min(cursor.atMs, nowMs);
    case "replay":
      return Math.min(cursor.fromMs + (nowMs - cursor.sinceMs) * cursor.speed, nowMs);
  }
}

/** A replay that has come up with the head is live; nothing else changes by itself. */
export function settled(cursor: Cursor, nowMs: number): Cursor {
  return cursor.kind === "replay" && cursorMs(cursor, nowMs) >= nowMs ? LIVE : cursor;
}

export function paused(cursor: Cursor, nowMs: number): Cursor {
  return cursor.kind === "paused" ? cursor : { kind: "paused", atMs: cursorMs(cursor, nowMs) };
}

/** Goes on from where it stands. At the head there is only live, unless it is to be slower. */
export function playing(cursor: Cursor, speed: number, nowMs: number): Cursor {
  const fromMs = cursorMs(cursor, nowMs);
  if (fromMs >= nowMs && speed >= 1) return LIVE;
  return { kind: "replay", fromMs, sinceMs: nowMs, speed: bounded(speed) };
}

/** Somewhere else, going on if it did. At or after the head is live. */
export function soughtTo(cursor: Cursor, atMs: number, nowMs: number): Cursor {
  if (atMs >= nowMs) return cursor.kind === "paused" ? { kind: "paused", atMs: nowMs } : LIVE;
  if (cursor.kind !== "replay") return { kind: "paused", atMs };
  return { ...cursor, fromMs: atMs, sinceMs: nowMs };
}

/** A step forth or back holds still: who steps wants to look. */
export function stepped(cursor: Cursor, byMs: number, nowMs: number): Cursor {
  return { kind: "paused", atMs: Math.min(nowMs, cursorMs(cursor, nowMs) + byMs) };
}

/** The same place at another speed. A live page that is to be slower falls behind from here. */
export function atSpeed(cursor: Cursor, speed: number, nowMs: number): Cursor {
  if (cursor.kind === "paused") return cursor;
  if (cursor.kind === "live" && speed >= 1) return cursor;
  return playing(cursor, speed, nowMs);
}

function bounded(speed: number): number {
  return Math.min(SPEED_MAX, Math.max(SPEED_MIN, speed));
}

/** `8×`, `0.1×` */
export function speedText(speed: number): string {
  return `${formatShort(Number(speed.toPrecision(3)))}×`;
}
