/**
 * What a view asks of the server by itself: at once when what it asks about changes (the cursor's
 * place is part of that), and again now and then while time goes on. One question at a time; a
 * failure keeps what is shown and says so; a tab that nobody sees asks nothing. A server that says
 * when to come again is not asked before; one that is only busy is no failure.
 */
import { effect, type ReadonlySignal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { isBusy, reasonOf, retryMsOf } from "../src/browser/ask.ts";
import type { Asked, BoardModel } from "../src/browser/board_model.ts";

export interface Answer<T> extends Asked {
  /** The newest answer there was; null before the first. */
  readonly value: T | null;
}

export interface AnswerOptions {
  /** While live, and while a replay runs; what is held still is asked for once. */
  readonly liveEveryMs: number;
  readonly replayEveryMs: number;
  /** False: what is asked is the same wherever the cursor is. */
  readonly followsCursor?: boolean;
}

const AGAIN_MS = 5_000;

/**
 * @param key what is asked about, as text; read as signals, so a change asks anew
 * @param ask given the cursor's place, epoch ms; null: now
 */
export function useAnswer<T>(
  model: BoardModel,
  key: () => string,
  ask: (atMs: number | null) => Promise<T>,
  { liveEveryMs, replayEveryMs, followsCursor = true }: AnswerOptions,
): ReadonlySignal<Answer<T>> {
  const answer = useSignal<Answer<T>>({ state: "loading", message: "", value: null });
  const asking = useRef({
    busy: false,
    again: false,
    dueAtMs: 0,
    notBeforeMs: 0,
    key: "",
    place: "",
  });
  const wish = useRef(ask);
  wish.current = ask;

  const start = async () => {
    const now = asking.current;
    if (now.busy) {
      now.again = true;
      return;
    }
    if (Date.now() < now.notBeforeMs) {
      now.dueAtMs = now.notBeforeMs;
      return;
    }
    now.busy = true;
    const { key, place } = now;
    const { kind } = model.chosen.peek().cursor;
    const everyMs = kind === "live" || !followsCursor
      ? liveEveryMs
      : kind === "paused"
      ? Infinity
      : replayEveryMs;
    try {
      const atMs = kind === "live" ? null : Math.floor(model.nowMs.peek());
      const value = await wish.current(atMs);
      // Of something else, or live where the page is not: the right one is on its way.
      const isLost = key !== now.key ||
        followsCursor && (kind === "live") !== model.isLive.peek();
      const state = place === now.place ? "ready" : "loading";
      if (!isLost) answer.value = { state, message: "", value };
      now.dueAtMs = Date.now() + everyMs;
    } catch (error) {
      answer.value = isBusy(error)
        ? { ...answer.peek(), state: "loading", message: "" }
        : { ...answer.peek(), state: "failed", message: reasonOf(error) };
      now.notBeforeMs = Date.now() + retryMsOf(error, 0);
      now.dueAtMs = Date.now() + retryMsOf(error, AGAIN_MS);
    }
    now.busy = false;
    if (!now.again) return;
    now.again = false;
    void start();
  };

  useSignalEffect(() => {
    const about = key();
    const place = about + (followsCursor ? JSON.stringify(model.chosen.value.cursor) : "");
    if (place === asking.current.place) return;
    asking.current.key = about;
    asking.current.place = place;
    if (answer.peek().value !== null) answer.value = { ...answer.peek(), state: "loading" };
    void start();
  });
  useEffect(() =>
    effect(() => {
      void model.serverNowMs.value;
      if (document.visibilityState === "hidden") return;
      if (!asking.current.busy && Date.now() >= asking.current.dueAtMs) void start();
    }), []);
  return answer;
}
